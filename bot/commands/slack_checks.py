"""What the doctor asks Slack: the token and its scopes, the user groups, the channels."""

from collections.abc import Iterator, Sequence

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.web import SlackResponse

from bot import slack
from bot.commands.findings import Finding, ok, skipped, wrong
from bot.commands.manifest import NAME, SCOPES
from bot.settings import Settings
from bot.trouble import CALL_FAILED
from storage.partners import Partner

_GROUP = {
    "no_such_subteam": "Slack has no such user group, or it is disabled. Correct the id",
    "plan_upgrade_required": "user groups need a paid plan of Slack. Name people by their ids (U…)",
    "missing_scope": "the scope usergroups:read is missing. Add it and reinstall the app",
}
_CHANNEL = {
    "channel_not_found": f"it does not exist, or it is private and {NAME} is not in it. "
    f"Correct the id, or invite @{NAME} there",
    "missing_scope": "the scope channels:read or groups:read is missing. Add it and reinstall "
    "the app",
}


def slack_checks(settings: Settings, partners: Sequence[Partner]) -> Iterator[Finding]:
    """The checks of a token that is there; a token that is refused ends them."""
    client = slack.client(settings, slack.DELIVERY_TIMEOUT)
    # Nobody waits for an answer within three seconds here.
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=3))
    try:
        answer = client.auth_test()
    except CALL_FAILED as error:
        yield wrong(_refused(error))
        return
    yield ok(f"The token is {answer.get('user')} of the workspace {answer.get('team')}.")
    yield _scopes(answer)
    for group, whose in _groups(settings, partners).items():
        yield _group(client, group, whose)
    for channel, whose in _channels(settings, partners).items():
        yield _channel(client, channel, whose)


def _refused(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return (
            f"Slack refuses SLACK_BOT_TOKEN ({error.response['error']}). "
            "Copy it from the app's page, OAuth & Permissions, once more."
        )
    return f"Slack cannot be reached ({error}). Check SLACK_API_URL and the network."


def _scopes(answer: SlackResponse) -> Finding:
    headers = {str(name).lower(): value for name, value in answer.headers.items()}
    granted = headers.get("x-oauth-scopes")
    if granted is None:
        return skipped("Slack did not say which scopes the token has.")
    missing = sorted(set(SCOPES) - {scope.strip() for scope in str(granted).split(",")})
    if missing:
        return wrong(
            f"The token lacks the scopes {', '.join(missing)}. "
            "Add them on the app's page (`recess manifest` has them all) and reinstall the app."
        )
    return ok("The token has all scopes.")


def _groups(settings: Settings, partners: Sequence[Partner]) -> dict[str, str]:
    """Every user group that grants something, and for whom."""
    named = {settings.support_usergroup_id: "the support team"}
    for partner in partners:
        for id in (*partner.admins, *partner.viewers):
            if id.startswith("S"):
                named.setdefault(id, partner.slug)
    return {id: whose for id, whose in named.items() if id}


def _group(client: WebClient, group: str, whose: str) -> Finding:
    title = f"The user group {group} of {whose}"
    try:
        members = client.usergroups_users_list(usergroup=group)["users"]
    except CALL_FAILED as error:
        return wrong(f"{title} cannot be read: {_cause(error, _GROUP)}.")
    if not members:
        return wrong(f"{title} has no members, so it lets nobody do anything. Add them in Slack.")
    return ok(f"{title} can be read; members: {len(members):,}.")


def _channels(settings: Settings, partners: Sequence[Partner]) -> dict[str, str]:
    named = {settings.support_channel_id: "the support team"}
    named |= {partner.channel: partner.slug for partner in partners}
    return {id: whose for id, whose in named.items() if id}


def _channel(client: WebClient, channel: str, whose: str) -> Finding:
    title = f"The channel {channel} of {whose}"
    try:
        known = client.conversations_info(channel=channel)["channel"]
    except CALL_FAILED as error:
        return wrong(f"{title} cannot be used: {_cause(error, _CHANNEL)}.")
    if known.get("is_archived"):
        return wrong(f"{title} is archived. Unarchive it, or import another one.")
    if not known.get("is_member"):
        return wrong(f"{title} does not have {NAME} in it. Invite @{NAME} there.")
    return ok(f"{title} can be used (#{known.get('name')}).")


def _cause(error: Exception, words: dict[str, str]) -> str:
    if not isinstance(error, SlackApiError):
        return f"Slack cannot be reached ({error}). Try again"
    code = str(error.response["error"])
    return words.get(code, f"Slack says {code}")
