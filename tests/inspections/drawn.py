"""What the walks of `test_state_machine.py` draw by chance: who does something, and what inspectors write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.inspections.believed import AGES, CHECKLISTS, WHO, Document, Moment, Said, World

NOTE = "桌牌缺失"
PLACES = (("window", "B11", 50), ("window", "B12", 9), ("station", "V1", 0), ("station", "T1", 20), ("red_base", "D", 20))
"""Of which kind, whose, and for how many days there has been each venue."""
FLAWS = ("version", "unknown", "twice", "no_note", "gap", "unfinished", "backwards", "future")

FOLK = st.sampled_from(list(WHO))
INSPECTING = st.sampled_from(["officer", "officer", "second", "chief", "clerk", "village", "secretary", *WHO])
PLACED = st.sampled_from([0, 0, *range(len(PLACES))])
MOMENTS = st.sampled_from([(0, False), (0, True), (1, False), (9, True), (10, False), (40, True), (41, False)])
CHANGES = st.tuples(st.sampled_from(["damage", "damage", "repair", "retire", "edit"]), st.booleans())
"""What becomes of a sign, and whether it is said how it was disposed of."""
More = tuple[str | None, int | None, str | None]
"""With whose picture something fails, until when it has to be put right, in days, and by which organisation."""
MORE = st.tuples(
    st.sampled_from([None, None, "own", "own", "other"]),
    st.sampled_from([None, 1, 3, 20]),
    st.sampled_from([None, None, None, "B11", "V1", "T1", "D", "B21"]),
)


@dataclass(frozen=True)
class Drawn:
    """What a document is made of. `fails` names items by their place in the checklist."""

    place: int
    is_old: bool
    unannounced: bool
    begun: Moment
    finished: Moment | None
    final: bool
    left_out: int
    fails: Sequence[tuple[int, More]]
    flaws: frozenset[str]

    def written(self, world: World, picture: Callable[[str | None], str | None]) -> Document:
        """The document, which has no faults but its flaws; `picture` brings one that is somebody's."""
        number = 1 if (self.is_old and self.begun[0] >= 10) or self.begun[0] > AGES[2] else 2
        checklist = sorted(CHECKLISTS[number, PLACES[self.place][0]])
        fails = {checklist[which % len(checklist)]: more for which, more in self.fails}
        said = []
        for place, code in enumerate(checklist):
            if code in fails:
                whose, due_in, responsible = fails[code]
                note = None if "no_note" in self.flaws else NOTE
                said.append(Said(code, "fail", note, picture(whose), due_in, responsible))
            elif place != self.left_out or self.final:
                said.append(Said(code, "not_applicable" if place == self.left_out else "pass"))
        if "unknown" in self.flaws:
            said.append(Said("XX-01"))
        if "twice" in self.flaws:
            said.append(said[0])
        if "gap" in self.flaws:
            del said[1]
        finished = self.finished
        if "unfinished" in self.flaws:
            finished = None
        elif "future" in self.flaws:
            finished = -1, True
        elif "backwards" in self.flaws:
            finished = self.begun[0] + 1, True
        elif (finished or self.final) and (finished is None or world.at(finished) < world.at(self.begun)):
            finished = self.begun
        number = {1: 3, 2: 1}[number] if "version" in self.flaws else number
        return Document(self.place, number, self.unannounced, self.begun, finished, self.final, tuple(said))


SENT = st.builds(
    Drawn,
    place=PLACED,
    is_old=st.booleans(),
    unannounced=st.sampled_from([False, False, True]),
    begun=MOMENTS,
    finished=st.none() | MOMENTS,
    final=st.booleans(),
    left_out=st.integers(0, 6),
    fails=st.lists(st.tuples(st.integers(0, 6), MORE), max_size=3),
    flaws=st.frozensets(st.sampled_from(FLAWS), max_size=2) | st.just(frozenset[str]()),
)
Step = tuple[int, int, bool, Drawn]
STEP = st.tuples(st.sampled_from([0, 1, 2, 2, 3, 3]), st.sampled_from([-1, 0, 1, 1, 1, 2]), st.booleans(), SENT)
"""Which of four inspections is sent, how far its revision is from the newest, whether with the same content, or which else."""
