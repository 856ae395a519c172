"""The parts of bench/sync/run.sh: two small files beside the archive, the server, and the comparison."""

import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.request
import zipfile

FACTS = "/www.sec.gov/Archives/edgar/daily-index/xbrl/companyfacts.zip"
PATHS = ["/www.sec.gov/files/company_tickers.json", "/www.sec.gov/Archives/edgar/daily-index/bulkdata/submissions.zip", FACTS]
CHUNK = 1 << 17


def small(submissions, tickers):
    filings = {name: [] for name in ["accessionNumber", "filingDate", "reportDate", "acceptanceDateTime", "form", "primaryDocument"]}
    filer = {"cik": "0000000001", "entityType": "operating", "sic": "7372", "sicDescription": "Services", "name": "Invented Inc.",
             "tickers": ["INVT"], "fiscalYearEnd": "1231", "formerNames": [], "filings": {"recent": filings, "files": []}}
    with zipfile.ZipFile(submissions, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("CIK0000000001.json", json.dumps(filer))
    pathlib.Path(tickers).write_text(json.dumps({"0": {"cik_str": 1, "ticker": "INVT", "title": "Invented Inc."}}))


def serve(folder, rate):
    """The folder by path, not faster than `rate` megabytes a second (0: as fast as it goes)."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=folder)

        def copyfile(self, source, to):
            begun, sent = time.monotonic(), 0
            while part := source.read(CHUNK):
                to.write(part)
                sent += len(part)
                if rate:
                    time.sleep(max(0.0, begun + sent / (rate * 1e6) - time.monotonic()))

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


def run(command):
    """Seconds, and the most memory held in MiB."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - begun
    if status != 0:
        sys.exit(f"{command} ended with {status}")
    return took, usage.ru_maxrss / 1024


def download(address, folder):
    begun = time.monotonic()
    for path in PATHS:
        with urllib.request.urlopen(address + path) as answer, open(folder / path.rsplit("/", 1)[1], "wb") as to:
            shutil.copyfileobj(answer, to, CHUNK)
    os.sync()
    return time.monotonic() - begun


def compare(program, work, address):
    work = pathlib.Path(work)
    config = work / "plimsoll.toml"
    config.write_text(f'[sync]\nmirror = "{address}"\ncontact = "Jane Doe jane@example.org"\n')
    apart, together, peaks = [], [], []
    for _ in range(3):
        for name in ["files", "one", "two", "two-fetched"]:
            shutil.rmtree(work / name, ignore_errors=True)
        (work / "files").mkdir()
        fetched = download(address, work / "files")
        imported, peak_import = run([program, "--store", str(work / "one"), "import", str(work / "files")])
        shutil.rmtree(work / "files")
        synced, peak_sync = run([program, "--store", str(work / "two"), "--config", str(config), "sync", "sec"])
        left = sum(f.stat().st_size for f in (work / "two-fetched").rglob("*") if f.is_file())
        print(f"download {fetched:.2f} s, import {imported:.2f} s ({peak_import:.0f} MiB), sync {synced:.2f} s ({peak_sync:.0f} MiB), "
              f"left in the cache {left / 1e6:.1f} MB", flush=True)
        apart.append(fetched + imported)
        together.append(synced)
        peaks.append(peak_sync)
    # Both stores hold the same.
    status = [subprocess.run([program, "--store", str(work / s), "status", "--keys", "--format", "csv"], check=True,
                             capture_output=True, text=True).stdout for s in ["one", "two"]]
    same = sorted(status[0].splitlines()) == sorted(status[1].splitlines())
    print(f"best of three: apart {min(apart):.2f} s, sync {min(together):.2f} s, ratio {min(together) / min(apart):.2f} (aim 1.5), "
          f"peak of sync {max(peaks):.0f} MiB, stores {'equal' if same else 'DIFFER'}")


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "small":
        small(*rest)
    elif what == "serve":
        serve(rest[0], float(rest[1]))
    else:
        compare(*rest)
