from fastapi.testclient import TestClient

from tests.witness import CALLED, uncalled


def test_an_operation_that_asks_the_database_is_to_succeed_on_each_engine() -> None:
    called = {("a", "sqlite"), ("a", "postgresql"), ("b", "sqlite"), ("b", ""), ("c", "")}
    assert uncalled({"a", "b", "c", "d"}, ("sqlite", "postgresql"), called) == ["b (postgresql)", "d"]


def test_whether_an_operation_asks_the_database_is_seen_when_it_does(client: TestClient, engine: str) -> None:
    client.get("/livez")
    client.get("/readyz")
    assert ("livez", "") in CALLED
    assert ("livez", engine) not in CALLED
    assert ("readyz", engine) in CALLED
