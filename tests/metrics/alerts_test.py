"""metrics/alerts: the rules are valid and fire when they should, the guide tells what to do about each and how to scrape, and the rules and
the dashboard use no metric that does not exist.  alerts_test.py ROOT"""

import json
import pathlib
import re
import sys
import tempfile

import promtool

ROOT = pathlib.Path(sys.argv[1])
FOLDER = ROOT / "apps/support/monitoring"
RULES = FOLDER / "alerts.yml"
METRIC = re.compile(r"\b((?:bennu|process)_[a-z_]+)\b")


def known_metrics():
    sources = "".join(x.read_text() for x in (ROOT / "transport/program").glob("*.cpp"))
    return set(re.findall(r'"((?:bennu|process)_[a-z_]+)"', sources))


def used_metrics():
    dashboard = json.loads((FOLDER / "dashboard.json").read_text())
    asked = [x["expr"] for panel in dashboard["panels"] for x in panel.get("targets", [])]
    asked += [x["query"] for x in dashboard["templating"]["list"]] + re.findall(r"expr: (.*)", RULES.read_text())
    return {re.sub(r"_(bucket|count|sum)$", "", name) for text in asked for name in METRIC.findall(text)}


alerts = set(re.findall(r"alert: (\w+)", RULES.read_text()))
guide = (ROOT / "apps/guide/operating.md").read_text()
tests = (ROOT / "tests/metrics/alerts.yml").read_text()
unknown = used_metrics() - known_metrics()
assert not unknown, f"the rules or the dashboard use what does not exist: {unknown}"
assert alerts == set(re.findall(r"^\| `(Bennu\w+)` \|", guide, flags=re.M)), "the guide has a row for each alert"
assert alerts == set(re.findall(r"alertname: (\w+)", tests)), "each alert has a test"
if promtool.path(ROOT) is None:
    print("there is no promtool: only the names are checked")
    sys.exit(0)
promtool.run(ROOT, "check", "rules", str(RULES))
with tempfile.TemporaryDirectory() as folder:
    shown = re.search(r"```yaml\n(scrape_configs:.*?)```", guide, re.S)[1]
    scraper = pathlib.Path(folder) / "prometheus.yml"
    scraper.write_text(shown.replace("/usr/share/bennu/monitoring/alerts.yml", str(RULES.resolve())).replace("/etc/prometheus", folder))
    (pathlib.Path(folder) / "bennu-token").write_text("a token")
    promtool.run(ROOT, "check", "config", str(scraper))
    copy = pathlib.Path(folder) / "alerts.yml"
    copy.write_text(tests.replace("RULES", str(RULES)))
    promtool.run(ROOT, "test", "rules", str(copy))
