"""A document of fpdf2, with what it lacks. `paper.py` imports it where something is drawn: it takes a tenth of a server's start."""

from collections.abc import Iterable, Mapping

from fpdf import FPDF
from fpdf.enums import StrokeJoinStyle, TextMode
from fpdf.fonts import TTFFont
from fpdf.prefs import ViewerPreferences


class Document(FPDF):
    def __init__(self, title: str, size: tuple[float, float]) -> None:
        """`size` is the width and height of every page in millimetres."""
        super().__init__(format=size, unit="mm")
        self.set_auto_page_break(False)
        self.set_title(title)
        self.set_lang("zh-CN")
        self.set_producer("liangxian")
        # Whoever prints is offered the true size first, and not to fit the page into the printer's margins.
        self.viewer_preferences = ViewerPreferences(print_scaling="None")

    @property
    def cmaps(self) -> dict[str, Mapping[int, str]]:
        """The characters that each font has, by their numbers."""
        return {family: font.cmap for family, font in self.fonts.items() if isinstance(font, TTFFont)}

    def bold_text(self, x: float, y: float, words: str, thickness: float, ink: tuple[int, int, int]) -> None:
        """Write one line whose glyphs are drawn round with a line of so many points."""
        # Around a text fpdf2 takes the width of a line for points, whatever the unit of the pages is.
        with self.local_context(
            text_mode=TextMode.FILL_STROKE,
            line_width=thickness,
            draw_color=ink,
            stroke_join_style=StrokeJoinStyle.ROUND,
        ):
            self.text(x, y, words)

    def squares(self, x: float, y: float, side: float, runs: Iterable[tuple[int, int, int]]) -> None:
        """Fill runs of black squares of one grid, told by row, column and length. They are one path: between paths of their own
        renderers leave hairlines."""
        scale, boxes = side * self.k, " ".join(f"{column} {row} {length} 1 re" for row, column, length in runs)
        self._out(f"q 0 g {scale:.5f} 0 0 {-scale:.5f} {x * self.k:.3f} {(self.h - y) * self.k:.3f} cm {boxes} f Q")
