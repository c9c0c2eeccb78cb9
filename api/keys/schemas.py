from api.schemas import Shown, example


class PublicKeyShown(Shown):
    """An ES256 key (RFC 7517); `slot` is how a dynamic code names it."""

    model_config = Shown.model_config | example(
        kty="EC",
        crv="P-256",
        x="f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        y="x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        use="sig",
        alg="ES256",
        kid="oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
        slot=0,
    )

    kty: str
    crv: str
    x: str
    y: str
    use: str
    alg: str
    kid: str
    slot: int


class KeySet(Shown):
    keys: list[PublicKeyShown]
