"""The shape of the package: imports run one way, heavy libraries wait, names are documented."""

import ast
import graphlib
import inspect
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import csi

ROOT = Path(csi.__file__).parent

# A module may import from its own level and from those above it in this list.
LEVELS = [
    {"errors"},
    {"core"},
    {"display", "layout", "diagram", "extras", "single_thread"},
    {
        *("tokens", "expressions", "parameters", "statements", "parts", "consistency"),
        *("spec", "builders", "terms", "syntax", "target"),
    },
    {"models"},
    {
        *("codebook", "codebook_formats", "formats", "files", "columns", "weighting", "price"),
        *("declared", "frames", "data", "rules", "answers", "complaints", "matrices"),
    },
    {"estimators"},
    {
        *("admissibility", "covariance_findings", "hundred", "results", "covariance_tables"),
        *("covariance_tests", "covariance_fit", "nested", "fitting", "groups", "storage"),
        *("stored_structure", "structural_fit", "conditional_slopes"),
        *("group_fits", "several_groups", "invariance_steps"),
    },
    {"resampling"},
    {"comparing"},
    {"assessment"},
    {
        *("population", "curved_population", "stated_curves", "stated_values", "simulation"),
        *("studies", "loyalty", "datasets"),
    },
    {"published"},
    {"reporting", "questionnaires"},
    {"plots"},
    {
        *("curve_options", "commands", "data_commands", "questionnaire_commands"),
        *("published_commands", "specification_commands", "arguments", "cli", "__main__"),
    },
]
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}

AT_THE_TOP = {
    "core": {"numpy", "scipy"},
    "estimators": {"numpy"},
    "spec": {"numpy"},
    "models": set(),
    "errors": set(),
    "syntax": set(),
    "cli": set(),
    "arguments": set(),
    "reporting": {"numpy", "pandas", "markupsafe"},
}
ANYWHERE_ELSE = {"numpy", "pandas", "narwhals"}

# Curve.plot(), Model.questionnaire() and Reproduction.write() are promised to users; what they
# use stands above them.
UPWARDS = {
    "csi.loyalty.curve": {"csi.plots.loyalty"},
    "csi.published.reproducing": {"csi.reporting.reproduction_page"},
    "csi.published.specified.results": {"csi.plots.specifications"},
    "csi.spec": {"csi.questionnaires.questionnaire"},
}

# Chosen to share the name of what they hold: csi.models.acsi(), csi.studies.moments().
PUBLIC_MODULES = {"datasets", "models", "studies"}


class Module:
    """A source file: its dotted name and what it imports, at its top and anywhere."""

    def __init__(self, path):
        parts = ("csi", *path.relative_to(ROOT).with_suffix("").parts)
        self.name = ".".join(part for part in parts if part != "__init__")
        self.part = parts[1] if len(parts) > 1 else ""
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.everywhere = imported(ast.walk(self.tree))
        self.at_the_top = imported(top_level(self.tree))

    def __repr__(self):
        return self.name


def imported(nodes):
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def top_level(tree):
    """Statements that run on import: not in functions, not under TYPE_CHECKING."""
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        yield from ast.walk(node)


MODULES = [Module(path) for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]
NAMES = {module.name for module in MODULES}
every_module = pytest.mark.parametrize("module", MODULES, ids=str)


def within(names):
    """The modules of csi among dotted names; ``csi.spec.Model`` is in ``csi.spec``."""
    found = set()
    for name in names:
        if name.split(".")[0] == "csi":
            found.add(name if name in NAMES else name.rpartition(".")[0])
    return found


def below(module):
    """What a module of csi builds on; a method that draws it is no part of that."""
    return within(module.everywhere) - UPWARDS.get(module.name, set())


def outside(names):
    first = {name.split(".")[0] for name in names}
    return first - set(sys.stdlib_module_names) - {"csi"}


def public():
    """The public names that are no modules, errors or warnings."""
    named = {name: getattr(csi, name) for name in csi.__all__}
    return {
        name: value
        for name, value in named.items()
        if not isinstance(value, ModuleType)
        and not (isinstance(value, type) and issubclass(value, BaseException))
    }


def section(documented, title):
    """The text of a numpydoc section, empty if there is none."""
    found = re.search(
        rf"^{title}\n-{{{len(title)}}}\n(.*?)(?=^\w[\w ]*\n---|\Z)",
        inspect.getdoc(documented) or "",
        re.MULTILINE | re.DOTALL,
    )
    return found[1] if found else ""


# imports


@every_module
def test_every_module_has_a_level(module):
    assert module.part in LEVEL, "give it a place in LEVELS"


@every_module
def test_imports_run_one_way(module):
    for name in below(module):
        assert name != "csi", "import from the module that holds the name"
        part = name.split(".")[1]
        assert LEVEL[part] <= LEVEL[module.part], f"{module.name} imports {name}"


def test_imports_run_in_no_circle():
    graph = {module.name: below(module) - {module.name} for module in MODULES}
    assert list(graphlib.TopologicalSorter(graph).static_order())


def test_only_a_method_points_upwards():
    for module in MODULES:
        assert not UPWARDS.get(module.name, set()) & within(module.at_the_top)


@every_module
def test_libraries_stay_where_they_belong(module):
    allowed = AT_THE_TOP.get(module.part, ANYWHERE_ELSE)
    assert outside(module.at_the_top) <= allowed
    if module.part == "core":
        assert outside(module.everywhere) <= allowed
    if module.part != "plots":
        assert "matplotlib" not in outside(module.everywhere)


@every_module
def test_slow_parts_of_scipy_wait(module):
    if module.part != "core":
        assert "scipy" not in outside(module.at_the_top)


def test_import_csi_waits_for_pandas_and_scipy():
    heavy = {"pandas", "scipy", "matplotlib", "narwhals", "jinja2", "statsmodels", "semopy"}
    code = f"import sys, csi; print(sorted({heavy!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# names


def test_no_module_is_hidden_by_a_public_name():
    modules = {path.stem for path in ROOT.iterdir() if not path.stem.startswith("_")}
    assert not modules & set(csi.__all__) - PUBLIC_MODULES


def test_there_are_no_drawers_for_odds_and_ends():
    names = {path.stem for path in ROOT.rglob("*.py")}
    assert not names & {"utils", "util", "helpers", "common", "misc", "tools"}


def test_the_list_of_public_names_is_what_can_be_imported():
    assert len(set(csi.__all__)) == len(csi.__all__)
    for name in csi.__all__:
        assert getattr(csi, name) is not None
    assert set(csi.__all__) <= set(dir(csi))


@pytest.mark.parametrize("name", sorted(public()))
def test_public_names_are_documented(name):
    value = public()[name]
    summary, *rest = (inspect.getdoc(value) or "").split("\n")
    assert summary.endswith(".")
    assert rest[:1] == [""]
    if inspect.isfunction(value):
        assert section(value, "Examples"), "an example that runs"
        signature = inspect.signature(value)
        for parameter in signature.parameters:
            assert re.search(rf"\b{parameter}\b", section(value, "Parameters")), parameter
        assert section(value, "Returns") or signature.return_annotation == "None"


@pytest.mark.parametrize("name", ["PLS", "Sums", "FixedWeights", "Codebook", "Item", "Moments"])
def test_classes_that_users_call_show_how(name):
    value = getattr(csi, name)
    makers = [member for member in vars(value).values() if isinstance(member, classmethod)]
    assert any(section(shown, "Examples") for shown in [value, *(m.__func__ for m in makers)])
