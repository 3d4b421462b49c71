"""Who acts from the shell: the same stories, with the rights that the person has in Slack."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bot.commands.stores import opened
from bot.settings import Settings
from storage.errors import RecessError

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from handlers.desk import Desk
    from storage.rules.rights import Person


class NoSlack(RecessError):
    def __init__(self) -> None:
        super().__init__(
            "What somebody may do is read from Slack, and SLACK_BOT_TOKEN is not set. "
            "Nothing was changed; set it in the environment or in .env."
        )


class NotSomebody(RecessError):
    """Slack does not know the person, or says that the account cannot act."""


@contextmanager
def desk_of(settings: Settings) -> Iterator["Desk"]:
    """The stories' desk for one command. Raises NoSlack without a token."""
    if settings.slack_bot_token is None:
        raise NoSlack
    from bot import slack
    from bot.people import People
    from handlers.desk import Desk

    client = slack.client(settings, slack.CLICK_TIMEOUT)
    people = People(client)
    try:
        with opened(settings) as stores:
            yield Desk(
                stores=stores,
                who=people.who,
                email=people.email,
                addresses=people.addresses,
                forget_group=people.forget,
                slack=client,
                later=lambda work: None,
                support_group=settings.support_usergroup_id,
                support_channel=settings.support_channel_id,
            )
    finally:
        people.close()


def acting(desk: "Desk", user: str, partner: str) -> "Person":
    """The person of `--by`, with the groups that matter to a partner.

    Raises NotSomebody for who could not click in Slack either.
    """
    access = desk.access(partner)
    known = _known(desk.slack, user)
    return desk.who(user, user, str(known.get("team_id", "")), access.groups())


def _known(slack: "WebClient", user: str) -> dict[str, Any]:
    from slack_sdk.errors import SlackApiError

    from bot.trouble import CALL_FAILED

    try:
        known: dict[str, Any] = slack.users_info(user=user)["user"]
    except SlackApiError as error:
        raise NotSomebody(_refused(user, str(error.response["error"]))) from None
    except CALL_FAILED as error:
        raise NotSomebody(
            f"Slack could not be asked who {user} is ({error}). Nothing was changed; try again."
        ) from None
    if known.get("deleted") or known.get("is_bot"):
        what = "a deactivated account" if known.get("deleted") else "an app"
        raise NotSomebody(f"{user} is {what} in Slack, which decides nothing. Nothing was changed.")
    return known


def _refused(user: str, code: str) -> str:
    if code in ("user_not_found", "invalid_arguments", "user_not_visible"):
        return (
            f"Slack knows no person with the id “{user}”. Nothing was changed; "
            "copy the id (U…) from the menu of the person's profile."
        )
    return (
        f"Slack did not tell who {user} is ({code}). Nothing was changed; "
        "`recess doctor` checks the token and its scopes."
    )
