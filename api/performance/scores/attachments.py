"""The pictures of entries and of appeals, as files hang on them."""

from typing import Final

from api.access.permissions import Permission
from api.files.kinds import AttachmentKind
from api.performance.scores.sight import find_appeal, find_entry
from models.appeal import Appeal
from models.score import ScoreEntry

PICTURES_OF_ENTRIES: Final = AttachmentKind(ScoreEntry, Permission.own_score, find_entry)
PICTURES_OF_APPEALS: Final = AttachmentKind(Appeal, Permission.own_score, find_appeal)
