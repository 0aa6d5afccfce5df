"""Results: what a job came to, in pages, sheets, notices and bundles."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from fastapi.responses import FileResponse, HTMLResponse, StreamingResponse

from api.explaining import document, sheet
from api.service.described import problems
from api.service.explaining import explain_result
from api.service.guard import GuardedRoute
from api.service.jobs import JobId
from api.service.models import EXPLANATION, RECORD, FileOut, OutcomePage, PageQuery, RowPage
from api.service.permissions import requires
from api.service.problems import Language
from api.service.requests import Serving
from publication.explanation import explanation_html
from storage.archives import write_zip
from storage.results import find_result, page_of
from values.problems import bad_input

router = APIRouter(
    route_class=GuardedRoute, prefix="/v1/jobs/{job_id}", tags=["results"], responses=problems(404, 422)
)
Candidate = Annotated[str, InPath(min_length=1, max_length=200, examples=["ZS15-003856"])]
FileName = Annotated[str, InPath(max_length=200, examples=["tables/assignments.csv"])]
CHUNK = 1 << 20
MEDIA_TYPES = {
    "": "application/octet-stream",
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".yaml": "application/yaml",
}
FILES = {kind: {"example": "…"} for kind in MEDIA_TYPES.values()}
JSON = "application/json"


@router.get("/files")
@requires("results")
def list_files(job_id: JobId, service: Serving) -> list[FileOut]:
    """Every file of the result: bundles, tables, notices."""
    files = find_result(service.registry, job_id).files()
    return [FileOut(file=file, bytes=size) for file, size in files.items()]


@router.get(
    "/files/{file:path}",
    response_class=FileResponse,
    responses={200: {"description": "The file.", "content": FILES}},
)
@requires("results", personal=True)
def get_file(job_id: JobId, file: FileName, service: Serving) -> FileResponse:
    """One file of the result, as `jifen run` writes it."""
    result = find_result(service.registry, job_id)
    if file not in result.files():
        raise bad_input("service.not_in_result", kind=result.job.kind, what=file)
    suffix = Path(file).suffix
    return FileResponse(result.folder / file, media_type=MEDIA_TYPES.get(suffix, MEDIA_TYPES[""]))


@router.get("/outcomes")
@requires("results", personal=True)
def get_outcomes(job_id: JobId, page: Annotated[PageQuery, Query()], service: Serving) -> OutcomePage:
    """Who got what: everybody who was ranked."""
    result = find_result(service.registry, job_id)
    rows = page_of(result.path("tables/assignments.parquet"), page.offset, page.limit)
    return OutcomePage.model_validate(vars(rows))


@router.get("/cutoffs")
@requires("results", personal=True)
def get_cutoffs(job_id: JobId, page: Annotated[PageQuery, Query()], service: Serving) -> RowPage:
    """The last admitted of every seat, by stage."""
    result = find_result(service.registry, job_id)
    return RowPage.model_validate(vars(page_of(result.path("public/cutoffs.csv"), page.offset, page.limit)))


@router.get("/scores")
@requires("results", personal=True)
def get_scores(job_id: JobId, page: Annotated[PageQuery, Query()], service: Serving) -> RowPage:
    """Everybody's status, lines, sub-total, factor and total."""
    lines = find_result(service.registry, job_id).path("score_lines.csv", "audit/score_lines.csv")
    return RowPage.model_validate(vars(page_of(lines, page.offset, page.limit)))


@router.get("/explanations/{candidate:path}", responses={200: {"content": {JSON: {"example": EXPLANATION}}}})
@requires("results", personal=True)
def get_explanation(job_id: JobId, candidate: Candidate, service: Serving) -> dict[str, Any]:
    """One person's explanation (`explanation/1`): every line with clause, facts and arithmetic."""
    return document(explain_result(find_result(service.registry, job_id), service.registry, candidate))


@router.get(
    "/sheets/{candidate:path}",
    response_class=HTMLResponse,
    responses={200: {"description": "A page to print, in the language of `Accept-Language`."}},
)
@requires("results", personal=True)
def get_sheet(job_id: JobId, candidate: Candidate, service: Serving, lang: Language) -> HTMLResponse:
    """One person's explanation as a page, in Chinese or English."""
    found = explain_result(find_result(service.registry, job_id), service.registry, candidate)
    return HTMLResponse(
        explanation_html(sheet(found, lang)), headers={"Content-Language": lang, "Vary": "Accept-Language"}
    )


@router.get(
    "/notice",
    response_class=HTMLResponse,
    responses={200: {"description": "The public notice, in the language of `Accept-Language`."}},
)
@requires("results")
def get_notice(job_id: JobId, service: Serving, lang: Language) -> FileResponse:
    """The public notice as a page, in Chinese or English."""
    page = find_result(service.registry, job_id).path(f"notice/notice.{lang}.html")
    headers = {"Content-Language": lang, "Vary": "Accept-Language"}
    return FileResponse(page, media_type="text/html", headers=headers)


@router.get("/record", responses={200: {"content": {JSON: {"example": RECORD}}}})
@requires("results")
def get_record(job_id: JobId, service: Serving) -> dict[str, Any]:
    """The record that binds inputs, policy and results by digests; the same bytes as in the bundles."""
    path = find_result(service.registry, job_id).path("public/record.json")
    return FileResponse(path, media_type=JSON)  # type: ignore[return-value]


@router.get(
    "/bundles/{form}",
    response_class=StreamingResponse,
    responses={200: {"description": "The bundle.", "content": {"application/zip": {}}}},
)
@requires("results", personal=True)
def get_bundle(job_id: JobId, form: Literal["public", "audit"], service: Serving) -> StreamingResponse:
    """A bundle as a ZIP file; the same bundle gives the same bytes."""
    folder = find_result(service.registry, job_id).path(form)
    named = {"Content-Disposition": f'attachment; filename="{form}.zip"'}
    archive = _zipped(folder, service.registry.depot.folder)
    return StreamingResponse(archive, media_type="application/zip", headers=named)


def _zipped(folder: Path, beside: Path) -> Iterator[bytes]:
    with tempfile.TemporaryFile(dir=beside) as archive:
        write_zip(folder, archive)
        archive.seek(0)
        while chunk := archive.read(CHUNK):
            yield chunk
