"""What handlers are given: the service itself, and bodies that are text or files."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, File, Request, UploadFile
from fastapi import Path as InPath
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.service.worker import Worker
from api.service.working import Clock
from storage.registrations import Registry
from values.problems import BadInput, Place, Problem, bad_input

YAML = ("application/yaml", "application/x-yaml", "text/yaml")
TABLES: Mapping[str, str] = {
    "text/csv": ".csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.apache.parquet": ".parquet",
}
FILE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\.[a-z]{1,10}")


@dataclass(frozen=True)
class Entrance:
    """Who is let in: with `sign_in` whoever is signed in, else everybody who reaches the service.

    `loopback` says that this machine alone reaches it; then what is in front of it may be plain HTTP.
    """

    sign_in: bool
    loopback: bool


@dataclass(frozen=True, eq=False)
class Service:
    """What the handlers of one application share. Without a worker another process does the jobs."""

    registry: Registry
    now: Clock
    worker: Worker | None
    entrance: Entrance

    def wake(self) -> None:
        """Have the worker look at the jobs."""
        if self.worker is not None:
            self.worker.wake()


def service_of(request: Request) -> Service:
    """The service of the application that was asked."""
    service: Service = request.app.state.service
    return service


Serving = Annotated[Service, Depends(service_of)]
TableName = Annotated[str, InPath(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$", examples=["candidates"])]


async def yaml_body(request: Request) -> bytes:
    """The body of a request, said to be YAML.

    Raises:
        BadInput: `service.wrong_media_type`.
    """
    media_type(request, YAML)
    return await request.body()


YamlBody = Annotated[bytes, Depends(yaml_body)]


async def table_body(name: TableName, request: Request, service: Serving) -> AsyncIterator[Path]:
    """A folder inside the data folder that holds the body of a request, named after table and format.

    Raises:
        BadInput: `service.wrong_media_type`.
    """
    suffix = TABLES[media_type(request, tuple(TABLES))]
    with service.registry.depot.incoming() as folder:
        path = folder / (name + suffix)
        with path.open("wb") as file:
            async for chunk in request.stream():
                file.write(chunk)
        yield folder


TableBody = Annotated[Path, Depends(table_body)]


def table_files(
    files: Annotated[list[UploadFile], File(description="Files named like their tables: `candidates.csv`.")],
    service: Serving,
) -> Iterator[Path]:
    """A folder inside the data folder that holds the files of a form.

    Raises:
        BadInput: `service.bad_file_name`, `storage.several_files`.
    """
    names = [file.filename or "" for file in files]
    wrong = [name for name in names if not FILE_NAME.fullmatch(name)]
    if wrong:
        raise BadInput(Problem.of("service.bad_file_name", Place(path="body/files")) for _ in wrong)
    if len(set(names)) < len(names):
        raise bad_input("storage.several_files", Place(path="body/files"), files=" | ".join(sorted(names)))
    with service.registry.depot.incoming() as folder:
        for name, upload in zip(names, files, strict=True):
            with (folder / name).open("wb") as file:
                shutil.copyfileobj(upload.file, file)
        yield folder


TableFiles = Annotated[Path, Depends(table_files)]


def media_type(request: Request, known: tuple[str, ...]) -> str:
    """The media type of a request's body, without parameters.

    Raises:
        BadInput: `service.wrong_media_type`.
    """
    found = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found not in known:
        raise bad_input("service.wrong_media_type", found=found or "–", known=" | ".join(known))
    return found


def body_of(*types: str, example: str | None = None) -> dict[str, Any]:
    """How the API description tells a body that is not JSON."""
    schema = {"type": "string", "minLength": 1, **({} if example else {"format": "binary"})}
    content = {"schema": schema, **({"example": example} if example else {})}
    return {"requestBody": {"required": True, "content": dict.fromkeys(types, content)}}


@dataclass(frozen=True)
class BodyLimit:
    """Refuses a body that is larger than `limit` bytes while it arrives, whatever its header says."""

    app: ASGIApp
    limit: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise HTTPException(413, str(self.limit))  # what reads forms passes on no other error
            return message

        await self.app(scope, counted if scope["type"] == "http" else receive, send)
