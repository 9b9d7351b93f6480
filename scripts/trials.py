"""What the scripts share that disturb densimeter and hold what comes of it against an undisturbed run."""

import json
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MINI = os.path.join(ROOT, "tests/fixtures/bench-mini")
COMMON = ["--engine", "mock", "--data", MINI, "--unpinned-data", "-t", "1", "--json"]
EVAL = ["--task", "mmlu,math,mbpp", "--full", "--noise-items", "0", "--no-own-speed"]
# What differs between two undisturbed runs too: times, speeds, and what names a run or a folder.
FLEETING = {"seconds", "run_id", "command", "started", "ended", "utc", "time", "path", "folder", "duration_ns", "key", "resumed"}


class Trial:
    """One folder, and the commands on it."""

    def __init__(self, binary, name, folder):
        self.binary, self.name, self.folder = binary, name, folder
        os.makedirs(folder)
        self.out = os.path.join(folder, "out")
        if name == "run":
            subprocess.run([os.path.join(ROOT, "scripts/small-gguf"), os.path.join(folder, "small.gguf")], check=True)
            os.makedirs(os.path.join(folder, "none"))
        if name == "fleet":
            with open(os.path.join(folder, "fleet.toml"), "w") as file:
                file.write(f'[job]\ncommand = "eval"\nmodel = "mock:"\ndata = "{MINI}"\nattempts = 1\n'
                           f'arguments = {json.dumps(["--engine", "mock", "--unpinned-data", "-t", "1"] + EVAL)}\n'
                           f'[[target]]\nname = "here"\naddress = "local"\nfolder = "{folder}/board"\n')

    def arguments(self):
        return {
            "eval": ["eval", "-m", "mock:", *COMMON, *EVAL, "-o", self.out, "--resume"],
            "audit": ["audit", "mock:", "mock:sharp=1.3", *COMMON, "--task", "mmlu,math", "--no-speed", "--kl-tokens", "32", "-o", self.out],
            "run": ["run", "--quick", "--engine", "mock", "--no-wait", "--offline", "--json", "-m",
                    os.path.join(self.folder, "small.gguf"), "--data", os.path.join(self.folder, "none"), "-o", self.out]
            + (["--resume"] if os.path.exists(self.out) else []),
            "fleet": ["fleet", "run", os.path.join(self.folder, "fleet.toml"), "-o", self.out, "--json"]
            + (["--resume"] if os.path.exists(os.path.join(self.out, "fleet.json")) else []),
        }[self.name]

    def start(self, without=(), begin=None, **more):
        """Starts the command, `without` some variables and with `more`; `begin` is called in the child before it."""
        environment = dict(os.environ, DENSIMETER_MOCK_DELAY_MS="3", HOME=self.folder, DENSIMETER_CACHE=os.path.join(self.folder, "cache"))
        environment.update(more)
        environment = {name: value for name, value in environment.items() if name not in without}
        return subprocess.Popen([self.binary, *self.arguments()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=begin,
                                stdin=subprocess.DEVNULL, env=environment, cwd=self.folder, start_new_session=True)

    def logs(self):
        """Every item log below the folder, by its place without names of runs."""
        found = {}
        for at, _, files in os.walk(self.out):
            for file in files:
                if file.endswith(".jsonl") and file not in ("run.jsonl", "report.jsonl"):
                    with open(os.path.join(at, file), encoding="utf-8") as lines:
                        found.setdefault(file, []).append((at, [json.loads(line) for line in lines]))
        return found

    def records(self):
        """The records of all item logs."""
        return [record for folders in self.logs().values() for _, records in folders for record in records]

    def errors(self):
        """Why items failed."""
        return [record["error"] for record in self.records() if record.get("error")]


def tree(pid):
    """The processes of a tree, its root first."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    parents[int(entry)] = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass
    found = [pid]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def lasting(value):
    """A document without what differs between any two runs."""
    if isinstance(value, dict):
        return {k: lasting(v) for k, v in value.items() if k not in FLEETING and not k.startswith("tokens_") and not k.endswith(("_s", "_ns", "_ms", "_seconds", "_per_second"))}
    return [lasting(v) for v in value] if isinstance(value, list) else value


def quality(name, text):
    """What of a document does not depend on time."""
    document = json.loads(text)
    if name == "run":
        rows = [(row["test"], row["reason"]) for row in document["bench"]["results"]]
        return {"rows": rows, "eval": lasting((document.get("eval") or {}).get("tasks")), "complete": document.get("complete")}
    if name == "fleet":
        return [row["state"] for row in document["rows"]]
    return lasting(document)


def difference(one, other, at="document"):
    """Where two documents differ first."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if one.get(key) != other.get(key):
                return difference(one.get(key), other.get(key), f"{at}.{key}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other)):
            if left != right:
                return difference(left, right, f"{at}[{index}]")
    return f"{at}: {json.dumps(other)[:80]}, undisturbed {json.dumps(one)[:80]}"


def plain(logs):
    """The records of the logs; each item must be there once, or a second time where its text could not be graded before."""
    result = {}
    for file, folders in logs.items():
        settled = []
        for at, records in folders:
            items = {}
            for record in records:
                before = items.get(record.get("id"))
                if before and not (before.get("correct") is None and before.get("error") and before.get("completion") is not None):
                    raise AssertionError(f"{at}/{file}: an item is there twice")
                items[record.get("id")] = record
            settled.append(json.dumps(lasting(list(items.values())), sort_keys=True))
        result[file] = sorted(settled)
    return result


def same(trial, out, document, logs):
    """Holds what a command came to against the document and the item logs of an undisturbed one."""
    found = quality(trial.name, out)
    if found != document:
        raise AssertionError(f"the document differs, {difference(document, found)}")
    if plain(trial.logs()) != logs:
        raise AssertionError("the item logs differ")


def undisturbed(binary, name, folder):
    """Seconds, document, item logs and exit code of a command that nobody disturbs."""
    trial = Trial(binary, name, folder)
    begin = time.monotonic()
    process = trial.start()
    out, said = process.communicate()
    if not out:
        raise SystemExit(f"{name}: {said.decode()}")
    whole = time.monotonic() - begin, quality(name, out), plain(trial.logs()), process.returncode
    print(f"{name}: undisturbed {whole[0]:.1f} s, exit code {process.returncode}", file=sys.stderr)
    errors = trial.errors()
    if errors:
        raise SystemExit(f"{name}: undisturbed, and {len(errors)} items of {len(trial.records())} failed: {errors[0]}")
    return whole
