"""Property-based requests against the API's own description, until enough were sent.

python api.py URL REQUESTS SCHEMATHESIS

Rounds alternate: in one every value is made up, in the other days and names are such as there are, so that answers with rows are checked as
well as refusals. Any 5xx, any answer that the description does not allow, and any request taken that it forbids fails the run.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

DAY = "2024-02-02"


def read(url):
    with urllib.request.urlopen(url, timeout=300) as answer:
        return answer.read().decode()


def answers(base):
    """Answers so far by status, of the API alone."""
    found = {}
    for route, status, n in re.findall(r'plimsoll_http_answers_total\{route="([^"]*)",status="(\d+)"\} (\d+)', read(f"{base}/metrics")):
        if route.startswith("/api/"):
            found[status] = found.get(status, 0) + int(n)
    return found


# What no description of single parameters can say: that one day lies before another, and which parameters a measure takes.
RELATED = ["/api/v1/rates/repricing", "/api/v1/edition", "/api/v1/measures/{name}", "/api/v1/measures/{name}/evidence"]


def related(extra=None):
    """Where a 400 may answer parameters that are well-formed one by one; an address may also be refused for its length (414)."""
    lines = ["[checks.negative_data_rejection]",
             'expected-statuses = ["400", "401", "403", "404", "405", "406", "413", "414", "415", "422", "429"]']
    for path in RELATED:
        lines += ["[[operations]]", f'include-path = "{path}"', "[operations.checks.positive_data_acceptance]",
                  'expected-statuses = ["2xx", "400", "404"]']
        if extra and path in extra:
            lines.insert(-2, extra.pop(path))
    for path, line in (extra or {}).items():
        lines += ["[[operations]]", f'include-path = "{path}"', line]
    return "\n".join(lines) + "\n"


def known(base):
    """A configuration in which days and names are such as there are."""
    issuer = json.loads(read(f"{base}/api/v1/issuers?as_of={DAY}&limit=1"))["rows"][0]["issuer"]
    names = {
        "/api/v1/measures/{name}": "share_in_bear_market",
        "/api/v1/measures/{name}/evidence": "contribution_share",
        "/api/v1/issuers/{name}": issuer,
        "/api/v1/signals/{name}": "credit",
    }
    of = lambda name: f'parameters = {{ "path.name" = "{name}", "query.as_of" = "{DAY}" }}'
    return f'[parameters]\n"query.as_of" = "{DAY}"\n' + related({path: of(name) for path, name in names.items()})


def main():
    base, wanted, program = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    begun = sum(answers(base).values())
    sent, round_, failed = 0, 0, 0
    with tempfile.TemporaryDirectory() as work:
        while sent < wanted:
            config = os.path.join(work, f"round-{round_}.toml")
            with open(config, "w") as f:
                f.write(known(base) if round_ % 2 else related())
            command = [
                program, f"--config-file={config}", "run", f"{base}/api/v1/openapi.json",
                "--checks=all",
                # The stream of news does not end, and is checked elsewhere. A made-up day is a day all the same: 404 says that nothing is known of it.
                "--exclude-operation-id=news",
                "--phases=examples,coverage,fuzzing", f"--max-examples={60 if wanted < 5000 else 200}", f"--seed={1876 + round_}",
                # One worker: parsing on several threads at once can fail in Python 3.11 (python/cpython issue 106905).
                "--workers=1", "--request-timeout=120", "--continue-on-failure", "--no-color", "--suppress-health-check=all",
            ]
            token = os.environ.get("PLIMSOLL_SERVE_TOKEN")
            if token and round_ % 2:
                command += ["-H", f"Authorization: Bearer {token}"]
            done = subprocess.run(command, capture_output=True, text=True)
            round_ += 1
            if done.returncode:
                failed += 1
                print(done.stdout[-12000:], done.stderr[-2000:])
            sent = sum(answers(base).values()) - begun
            print(f"round {round_}: {sent} requests, exit {done.returncode}", flush=True)
            if failed:
                break
    found = answers(base)
    print("answers by status:", ", ".join(f"{k}: {v}" for k, v in sorted(found.items())))
    broken = sum(n for status, n in found.items() if status.startswith("5"))
    sys.exit(1 if failed or broken else 0)


if __name__ == "__main__":
    main()
