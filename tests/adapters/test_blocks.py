"""Blocks on pages."""

from api.adapters.blocks import Block, Frame, paged

FRAME = Frame(first_top=16, top=24, bottom=279)


def on_pages(blocks: list[Block]) -> list[list[tuple[float, Block]]]:
    return paged(blocks, FRAME)


def heights(pages: list[list[tuple[float, Block]]]) -> list[list[float]]:
    return [[block.height for _, block in page] for page in pages]


def block(height: float, *, head: Block | None = None, joined: bool = False) -> Block:
    return Block(height, lambda y: None, head, joined)


def test_what_does_not_fit_begins_a_page_below_its_heading_which_never_ends_one() -> None:
    head = block(10, joined=True)
    rows = [block(100, head=head) for _ in range(4)]
    assert heights(on_pages([head, *rows])) == [[10, 100, 100], [10, 100, 100]]
    assert heights(on_pages([block(240), head, block(20, head=head)])) == [[240], [10, 20]]
    assert heights(on_pages([block(200), head, head, block(50, head=head)])) == [[200], [10, 10, 50]]
    assert heights(on_pages([block(FRAME.bottom)])) == [[FRAME.bottom]]
    assert heights(on_pages([block(10, joined=True)])) == [[10]]
