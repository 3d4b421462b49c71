"""Settings: environment variables, also read from `.env`; .env.example explains each."""

import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage.errors import RecessError


class Settings(BaseSettings):
    """What this installation is told. Secrets never show in a representation or a log."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: str = "sqlite:///recess.db"
    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    support_usergroup_id: str = ""
    support_channel_id: str = ""
    support_contact: str = ""
    public_url: str = ""
    secret_key: SecretStr | None = None
    access_api_token: SecretStr | None = None
    support_timezone: str = "UTC"
    sync_cron: str = "0 2 * * *"
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8000, ge=0, le=65535)
    webhook_url: str = ""
    webhook_secret: SecretStr | None = None
    clever_client_id: str = ""
    clever_client_secret: SecretStr | None = None
    clever_api_url: str = "https://api.clever.com"
    clever_token_url: str = "https://clever.com/oauth/tokens"  # noqa: S105 - an address
    classlink_api_key: SecretStr | None = None
    classlink_proxy_url: str = "https://oneroster-proxy.classlink.io"

    @field_validator("public_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
            raise ValueError("write an address like https://recess.example.org")
        urlsplit(url)
        return url.rstrip("/")

    @field_validator("support_timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError):
            raise ValueError(f"there is no time zone {zone}") from None
        return zone


class SettingsInvalid(RecessError):
    """A setting is missing or has a value that cannot be meant."""


def load() -> Settings:
    """The settings of this process. Raises SettingsInvalid with what is wrong."""
    try:
        return Settings()
    except OSError as error:
        raise _unreadable(str(error.strerror)) from None
    except UnicodeDecodeError:
        raise _unreadable("it is not UTF-8") from None
    except ValidationError as error:
        wrong = [
            f"{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        ]
        raise SettingsInvalid(
            f"A setting cannot be used ({'; '.join(wrong)}). Nothing was started; "
            "correct it in the environment or in .env."
        ) from None


def _unreadable(why: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"The file .env is here and cannot be read ({why}). Nothing was started; "
        "let the user that runs Recess read it, save it as UTF-8, or move it away."
    )


def public_address(settings: Settings, port: int | None = None) -> str:
    """Where people reach this server; `port` is the one it was given, when it took any."""
    host = f"[{settings.http_host}]" if ":" in settings.http_host else settings.http_host
    return settings.public_url or f"http://{host}:{port or settings.http_port}"


def require_slack(settings: Settings) -> None:
    """What `serve` cannot do without. Raises SettingsInvalid, naming all that is missing."""
    needed = {
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        "SUPPORT_USERGROUP_ID": settings.support_usergroup_id,
        "SUPPORT_CHANNEL_ID": settings.support_channel_id,
        "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)": (
            settings.slack_app_token or settings.slack_signing_secret
        ),
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise SettingsInvalid(
            f"Recess cannot start without {', '.join(missing)}. Nothing was started; "
            "set them in the environment or in .env (.env.example explains each)."
        )
