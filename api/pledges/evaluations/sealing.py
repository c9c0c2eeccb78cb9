"""What is said with a grade, which is kept sealed."""

from api.adapters.cipher import Cipher, Place
from models.evaluation import Evaluation


def seal_words(evaluation: Evaluation, words: str | None, cipher: Cipher) -> None:
    """Keep words with an evaluation, if there are any."""
    if words:
        evaluation.words_sealed = cipher.seal_text(words, _place(evaluation))


def words_of(evaluation: Evaluation, cipher: Cipher) -> str | None:
    """The words of an evaluation, opened; None where nothing was said."""
    return None if evaluation.words_sealed is None else cipher.open_text(evaluation.words_sealed, _place(evaluation))


def _place(evaluation: Evaluation) -> Place:
    return Place("evaluation", "words_sealed", evaluation.id)
