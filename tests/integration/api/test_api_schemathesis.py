"""The API against its own description: whatever the description allows or forbids is answered as it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from api_site import ApiSite

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,negative_data_rejection,missing_required_header,unsupported_method,ignored_auth"
)
SECONDS = 20
# More mails than allowed are too much (413), which is a refusal too.
SETTINGS = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 411, 413, 415, 422, 429]
"""


def test_the_api_keeps_to_its_description(site: ApiSite, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    url = f"http://127.0.0.1:{site.port}"
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"), "run", f"{url}/api/v1/openapi.json", "--url", url,
            "-H", f"Authorization: Bearer {site.token}", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
            "--max-examples", "40", "--max-time", str(SECONDS), "--generation-deterministic", "--no-color",
            "--request-timeout", "20", "--warnings", "off",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS * 4,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]
    assert "No issues found" in done.stdout or "passed" in done.stdout
