"""The pages of whoever signs in: signing in, the own account, the own points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publication.explanation import Sheet
from publication.messages import Lang, sentence
from publication.pages import page
from publication.resources import template

STYLES = ("page.css", "explanation.css", "own.css")
POINTS_PAGE, ACCOUNT_PAGE = "/my-points", "/account"


@dataclass(frozen=True)
class Who:
    """Whose page it is, by the account; `candidate` and `department` are empty where there is none."""

    name: str
    title: str
    role: str
    candidate: str = ""
    department: str = ""


def sign_in_page(lang: Lang, told: Sequence[str] = ()) -> str:
    """Where one signs in; `told` says what was wrong."""
    return _page("sign_in", lang, None, told)


def account_page(who: Who, lang: Lang, *, least: int, told: Sequence[str] = ()) -> str:
    """Who is signed in, and where the password is changed; it has at least so many characters."""
    shown = {
        "name": who.name,
        "title": who.title,
        "role": sentence(f"own.role_{who.role}", {}, lang),
        "department": who.department,
        "candidate": who.candidate,
    }
    facts = [(sentence(f"own.{name}", {}, lang), value) for name, value in shown.items() if value]
    return _page(
        "account", lang, who, told, facts=facts, length=sentence("own.length", {"least": least}, lang)
    )


def points_page(
    who: Who, lang: Lang, sheet: Sheet | None, *, letter: bool = False, told: Sequence[str] = ()
) -> str:
    """An applicant's points; without a sheet, `told` says why. `letter`: there is one to read."""
    return _page("my_points", lang, who, told, sheet=sheet, letter=letter)


def _page(name: str, lang: Lang, who: Who | None, told: Sequence[str], **shown: object) -> str:
    links = [POINTS_PAGE] if who is not None and who.candidate else []
    return page(f"{name}.html").render(
        lang=lang,
        who=who,
        told=told,
        links=[*links, ACCOUNT_PAGE],
        heading=sentence(f"own.title_{name}", {}, lang),
        o=lambda code: sentence(f"own.{code}", {}, lang),
        t=lambda code: sentence(f"explanation.{code}", {}, lang),
        style="".join(map(template, STYLES)),
        **shown,
    )
