"""A lived year of pledges for the demonstration, through the same services by which people would have lived it, day by day."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import count, cycle
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.drawings import draw
from api.bulk import Bulk
from api.database import Work
from api.days import day_of
from api.demo.living import Step, live
from api.demo.stories import (
    DUE,
    DUTY_IN_A_STORM,
    ENDED_EARLY,
    FATES_OF_HABITS,
    FATES_OF_WORKS,
    GRADES,
    HABITS,
    OF_BRANCHES,
    PEERS_RATE_ON,
    PROGRESS_ON,
    PUBLISHED_ON,
    RATED_ON,
    WORDS,
    WORKS,
    Day,
    Fate,
    Theme,
)
from api.files import service as files
from api.files.brought import Prepared, prepare_picture
from api.house import House
from api.pledges import service as pledges
from api.pledges.amending import amend_pledge
from api.pledges.campaigns import service as campaigns
from api.pledges.evaluations import masses
from api.pledges.evaluations import service as evaluations
from api.pledges.evaluations.masses import Rating
from api.pledges.progress import service as progress
from api.pledges.review import service as review
from api.pledges.rhythm import service as rhythm
from api.pledges.rules import Approval
from api.profiles.rules import years_shown
from api.versions import Expected
from models.enums import ClaimOutcome, EvaluationSource, FilePurpose, Grade, PledgeKind, PledgeVisibility

ANY = Expected(None, required=False)
ENDING = (Fate.fulfilled, Fate.assessed, Fate.open, Fate.claimed)
"""Of these somebody says, before they are due, that they are kept."""
MOST_RATINGS = (4, 1)
"""Of one pledge on one day: in the first branch, and in the others."""


@dataclass(frozen=True)
class Branch:
    """A branch and those of its members who pledge. `author` enters their pledges but for those who enter their own."""

    organization_id: UUID
    member_ids: Sequence[UUID]
    author: Access


@dataclass(frozen=True)
class Cast:
    """Who lives the year: the branches, who enters his pledges himself, who of his branch rates, and who reviews."""

    branches: Sequence[Branch]
    own: Access
    peers: Sequence[Access]
    secretary: Access
    reviewer: Access


@dataclass
class Story:
    """One pledge on its way: whose it is, what it says, and what becomes of it; its key once it is written."""

    branch: Branch
    author: Access
    member_id: UUID | None
    theme: Theme
    fate: Fate
    year: int
    id: UUID = field(init=False)


def live_years(house: House, cast: Cast, at: datetime, seed: int, tell: Callable[[int, int], None]) -> None:
    """Let the branches live this year until now, and the last one too while it is shown. `tell` is told how many days there are,
    and how many of them are over."""
    today = day_of(at, house.settings.zone)
    chance = random.Random(seed)
    for year in sorted(years_shown(today)):
        live(house, _Year(house, cast, year, today, chance).steps(), at, tell)


class _Year:
    """The steps of one year."""

    def __init__(self, house: House, cast: Cast, year: int, today: date, chance: random.Random) -> None:
        self._house, self._cast, self._year, self._today, self._chance = house, cast, year, today, chance
        self._numbers = count()
        self._told: list[tuple[UUID, Access]] = []

    def steps(self) -> Iterable[Step]:
        stories = list(self._stories())
        yield self._on((1, 12)), 0, lambda work: self._propose(work, stories)
        yield self._on((1, 5)), 0, self._call
        yield self._on((1, 16)), 0, lambda work: self._publish(work, stories)
        for story in stories:
            yield from self._lived(story)
        for quarter, day in enumerate(PUBLISHED_ON, 1):
            yield self._on(day), 8, lambda work, q=quarter: self._make_public(work, f"{self._year}-Q{q}")  # type: ignore[misc]
        for day in PROGRESS_ON:
            yield self._on(day), 4, self._publish_progress
        if self._today.year == self._year:
            yield self._today - timedelta(days=2), 9, self._lately

    def _stories(self) -> Iterable[Story]:
        works = zip(cycle(WORKS), cycle(FATES_OF_WORKS), strict=True)
        habits = zip(cycle(HABITS), cycle(FATES_OF_HABITS), strict=True)
        for branch in self._cast.branches:
            for member_id in branch.member_ids:
                author = self._cast.own if member_id == self._cast.own.member_id else branch.author
                for theme, fate in (next(works), next(habits)):
                    yield Story(branch, author, member_id, theme, fate, self._year)
            yield Story(branch, branch.author, None, OF_BRANCHES, Fate.open, self._year)

    def _lived(self, story: Story) -> Iterable[Step]:
        """What is told of a pledge, how it is rated, and how it ends."""
        due = self._on(DUE[story.fate])
        for number, ((note, percent), day) in enumerate(zip(story.theme.steps, PROGRESS_ON, strict=False), 1):
            if self._on(day) < self._on(ENDED_EARLY.get(story.fate, DUE[story.fate])):
                pictures = self._pictures(story, number)
                yield self._on(day), number, lambda work, n=note, p=percent, d=pictures: self._tell(work, story, n, p, d)  # type: ignore[misc]
        for day in RATED_ON if story.fate is not Fate.withdrawn else ():
            yield self._on(day), 5, lambda work: self._rate(work, story)
        if story.branch is self._cast.branches[0] and story.member_id is not None and story.fate is not Fate.withdrawn:
            yield self._on(PEERS_RATE_ON), 7, lambda work: self._rate_within(work, story)
        yield from self._ending(story, due)

    def _ending(self, story: Story, due: date) -> Iterable[Step]:
        claimed = due - timedelta(days=6)
        if story.fate in ENDING and (done := story.theme.done):
            yield claimed - timedelta(days=3), 3, lambda work: self._tell(work, story, done, 100, ())
            yield claimed - timedelta(days=3), 4, self._publish_progress
        if story.fate in ENDING:
            yield claimed, 6, lambda work: self._claim(work, story, ClaimOutcome.fulfilled, "都做完了，请支部看一看。")
        if story.fate in (Fate.fulfilled, Fate.assessed, Fate.open):
            yield claimed + timedelta(days=3), 6, lambda work: self._confirm(work, story)
        if story.fate is Fate.assessed:
            yield (
                due + timedelta(days=10),
                6,
                lambda work: self._assess(work, story, Grade.satisfied, "按时做到，群众认可。"),
            )
        early = self._on(ENDED_EARLY.get(story.fate, DUE[story.fate]))
        if story.fate is Fate.unfulfilled:
            yield due + timedelta(days=12), 6, lambda work: self._fail(work, story, story.theme.hindrance or "没有按时做完。")
        if story.fate is Fate.exempted:
            yield early, 6, lambda work: self._claim(work, story, ClaimOutcome.prevented, "住院了，做不了。")
            yield early + timedelta(days=4), 6, lambda work: self._exempt(work, story, "因病住院，支部同意免除。")
        if story.fate is Fate.withdrawn:
            yield early, 6, lambda work: self._withdraw(work, story, "和另一项承诺重复，撤回合并。")
        if story.fate is Fate.amended:
            yield self._on((6, 18)), 6, lambda work: self._amend(work, story)

    def _call(self, work: Work) -> None:
        texts = [
            {"category": one.category, "content": one.content, "measure": one.measure, "due_on": self._on((12, 20)).isoformat()}
            for one in (*WORKS[:2], HABITS[0])
        ]
        access = self._cast.reviewer.using(Permission.pledge_write)
        campaigns.create_campaign(work, access, access.organization_id, f"{self._year}年亮诺践诺", self._on((3, 31)), texts)

    def _make_public(self, work: Work, quarter: str) -> None:
        for branch in self._cast.branches:
            rhythm.create_publication(work, self._cast.reviewer.using(Permission.pledge_review), branch.organization_id, quarter)

    def _propose(self, work: Work, stories: Sequence[Story]) -> None:
        for story in stories:
            story.id = pledges.create_pledge(work, story.author, self._content(story)).id
            pledges.submit_pledge(work, story.author, story.id, ANY)

    def _publish(self, work: Work, stories: Sequence[Story]) -> None:
        for reviewer in (self._cast.secretary, self._cast.reviewer):
            keys = [story.id for story in stories if self._reviewer(story) is reviewer]
            for some in (keys[at : at + 200] for at in range(0, len(keys), 200)):
                _all_done(review.approve_pledges(work, reviewer, some, Approval(secrecy_checked=True)))
                _all_done(review.publish_pledges(work, reviewer, some))

    def _tell(self, work: Work, story: Story, note: str, percent: int, pictures: Sequence[Prepared]) -> None:
        keys = [files.upload_file(work, story.author, one).id for one in pictures]
        entry = progress.add_progress(work, story.author, story.id, note, percent, None, keys)
        self._told.append((entry["id"], self._reviewer(story)))

    def _publish_progress(self, work: Work) -> None:
        for reviewer in (self._cast.secretary, self._cast.reviewer):
            keys = [key for key, whose in self._told if whose is reviewer]
            _all_done(progress.publish_progress(work, reviewer, keys))
        self._told.clear()

    def _pictures(self, story: Story, number: int) -> list[Prepared]:
        """Of the first branch alone: a picture takes as long to store as ten deeds."""
        if story.theme.scene is None or story.branch is not self._cast.branches[0]:
            return []
        content = BytesIO(draw(story.theme.scene, number))
        return [prepare_picture(self._house.storage, content, FilePurpose.attachment, None)]

    def _rate(self, work: Work, story: Story) -> None:
        for number in range(self._chance.randint(0, MOST_RATINGS[story.branch is not self._cast.branches[0]])):
            mark = str(next(self._numbers))
            grade = self._chance.choice(GRADES)
            words = self._chance.choice(WORDS[grade]) if number == 0 and story.branch is self._cast.branches[0] else None
            rating = Rating(grade, words, f"demo-{self._year}-{mark:>012}", mark, mark)
            made = masses.rate_pledge(work, story.id, rating, self._house.cipher)
            if words and self._chance.random() < 0.7:
                evaluations.show_words(work, self._reviewer(story), made.id, self._house.cipher, ANY)

    def _rate_within(self, work: Work, story: Story) -> None:
        """Of its author and of others of his branch, as far as they have accounts."""
        for by in (self._cast.own, *self._cast.peers):
            source = EvaluationSource.self if by.member_id == story.member_id else EvaluationSource.peers
            grade = self._chance.choice(GRADES)
            evaluations.evaluate_pledge(work, by, story.id, source, grade, None, None, self._house.cipher)

    def _claim(self, work: Work, story: Story, outcome: ClaimOutcome, note: str) -> None:
        pledges.claim_pledge(work, story.author, story.id, outcome, note, ANY)

    def _confirm(self, work: Work, story: Story) -> None:
        review.confirm_pledge(work, self._reviewer(story), story.id, None, ANY)

    def _fail(self, work: Work, story: Story, reason: str) -> None:
        review.fail_pledge(work, self._reviewer(story), story.id, reason, ANY)

    def _exempt(self, work: Work, story: Story, reason: str) -> None:
        review.exempt_pledge(work, self._reviewer(story), story.id, reason, ANY)

    def _withdraw(self, work: Work, story: Story, reason: str) -> None:
        pledges.withdraw_pledge(work, self._reviewer(story), story.id, reason, ANY)

    def _assess(self, work: Work, story: Story, grade: Grade, words: str) -> None:
        source, reviewer = EvaluationSource.organization, self._reviewer(story)
        evaluations.evaluate_pledge(work, reviewer, story.id, source, grade, words, None, self._house.cipher)

    def _amend(self, work: Work, story: Story) -> None:
        content = self._content(story)
        stated = {name: content[name] for name in ("content", "measure", "due_on", "visibility")}
        stated |= {"measure": f"{story.theme.measure}，并请群众代表验收", "due_on": self._on((12, 10))}
        amend_pledge(work, story.author, story.id, stated, "群众提出来要一起验收。", ANY)
        reviewer = self._reviewer(story)
        review.approve_pledge(work, reviewer, story.id, Approval(secrecy_checked=True), ANY)
        review.publish_pledge(work, reviewer, story.id, ANY)

    def _lately(self, work: Work) -> None:
        """What the member and his secretary have before them: something in each state that comes before publication."""
        branch, own, secretary = self._cast.branches[0], self._cast.own, self._cast.secretary
        due = self._on((12, 31))
        written = []
        for member_id, author in ((own.member_id, own),) * 3 + ((branch.member_ids[-1], branch.author),) * 2:
            story = Story(branch, author, member_id, DUTY_IN_A_STORM, Fate.open, self._year)
            content = self._content(story) | {"kind": PledgeKind.instant, "due_on": due}
            written.append((pledges.create_pledge(work, author, content).id, author))
        for key, author in written[1:]:
            pledges.submit_pledge(work, author, key, ANY)
        review.return_pledge(work, secretary, written[2][0], "写清楚守哪几户。", ANY)
        review.approve_pledge(work, self._cast.reviewer, written[3][0], Approval(secrecy_checked=True), ANY)

    def _content(self, story: Story) -> dict[str, object]:
        is_own = story.member_id == story.author.member_id
        return {
            "kind": PledgeKind.annual,
            "category": story.theme.category,
            "content": story.theme.content,
            "measure": story.theme.measure,
            "due_on": self._on(DUE[story.fate]),
            "visibility": PledgeVisibility.public,
            "weight": 1,
            "parent_id": None,
            "campaign_id": None,
            "member_id": None if is_own else story.member_id,
            "organization_id": story.branch.organization_id if story.member_id is None else None,
        }

    def _reviewer(self, story: Story) -> Access:
        """The secretary for the member who enters his own; else whoever stands above, since nobody reviews what he has entered."""
        return self._cast.secretary if story.author is self._cast.own else self._cast.reviewer

    def _on(self, day: Day) -> date:
        return date(self._year, *day)


def _all_done(bulk: Bulk) -> None:
    if bulk.skipped:
        raise bulk.skipped[0][1]
