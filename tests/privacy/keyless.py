"""Rows of members that bear no key, as whoever owns the database may write them."""

from typing import Final

from models.member import Member

_OTHERS: Final = ", ".join(name for name in Member.model_fields if name != "id")


def without_key(engine: str, count: int = 1) -> list[str]:
    """The statements, one transaction of a single connection's, that add as many copies of some member who was not erased."""
    let = {
        "sqlite": [
            "PRAGMA writable_schema=ON",
            "UPDATE sqlite_master SET sql = replace(sql, 'id CHAR(32) NOT NULL, \n\tcreated_at', 'id CHAR(32), \n\tcreated_at') "
            "WHERE name = 'member'",
            "PRAGMA writable_schema=RESET",
        ],
        "postgresql": ["ALTER TABLE member DROP CONSTRAINT pk_member CASCADE", "ALTER TABLE member ALTER id DROP NOT NULL"],
    }
    return (
        let[engine]
        + [f"INSERT INTO member (id, {_OTHERS}) SELECT NULL, {_OTHERS} FROM member WHERE erased_on IS NULL LIMIT 1"] * count
    )
