"""`recess tokens`: made, shown once, listed, revoked."""

from tests.commands.conftest import CEDAR, LINCOLN, Shell, shell, sqlite_shell

__all__ = ["shell", "sqlite_shell"]


def test_a_token_is_made_shown_once_and_revoked(shell: Shell) -> None:
    shell.done("partners", "import", str(shell.declare(LINCOLN, CEDAR)))
    made = shell("tokens", "create", "website", "--partner", "lincoln", "--partner", "cedar")
    assert made.exit_code == 0
    token = made.stdout.strip()
    assert made.stderr == "It may ask about cedar, lincoln. It is not shown again.\n"
    shell.done("tokens", "create", "gateway")
    website, gateway = shell.json("tokens", "list")
    assert website["name"] == "website"
    assert website["partners"] == ["cedar", "lincoln"]
    assert token.startswith(website["begins_with"])
    assert website["revoked"] is None
    assert gateway["partners"] is None
    assert shell.done("tokens", "revoke", "website") == "The token of website is revoked.\n"
    assert shell.json("tokens", "list")[0]["revoked"] is not None
    assert token not in shell.done("tokens", "list") + str(shell.json("tokens", "list"))
    with shell.store() as store:
        assert store.tokens.client(token) is None


def test_a_name_is_in_force_once(shell: Shell) -> None:
    shell.done("tokens", "create", "website")
    assert "There is a token for “website” already" in shell.refused("tokens", "create", "website")
    assert len(shell.json("tokens", "list")) == 1
    shell.done("tokens", "revoke", "website")
    assert "No token for “website” is in force" in shell.refused("tokens", "revoke", "website")
    shell.done("tokens", "create", "website")
    assert [token["revoked"] is None for token in shell.json("tokens", "list")] == [False, True]


def test_a_partner_that_is_not_there_makes_no_token(sqlite_shell: Shell) -> None:
    told = sqlite_shell.refused("tokens", "create", "website", "--partner", "lincon")
    assert "There is no partner “lincon”" in told
    assert sqlite_shell.json("tokens", "list") == []
    assert "recess tokens create" in sqlite_shell.done("tokens", "list")


def test_a_name_has_to_be_one(sqlite_shell: Shell) -> None:
    for name in (" ", "x" * 81):
        assert sqlite_shell("tokens", "create", name).exit_code == 2
