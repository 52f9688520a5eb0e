"""What is wrong in a configuration is said with file, key and remedy, in words of TOML, and no key is shown."""

import tomllib
from pathlib import Path

import pytest

from toolwright.agents.tools import Tool
from toolwright.config import Config, load_config
from toolwright.config.load import parse_config
from toolwright.config.schema import Agent, Kind, Reader
from toolwright.config.shortcuts import agent_of, reader_of, scorer_of, splits_of, tools_of
from toolwright.errors import ConfigError
from toolwright.models.providers import check_spec
from toolwright.models.spec import ModelSpec

NAMED = '[models]\nagent = "openai:gpt-5-mini"\n'
KEY = "sk-proj-abcdef123456"
UNSHAPED = "a1b2c3d4e5f60718293a4b5c6d7e8f90"


def config(text: str) -> Config:
    return parse_config(tomllib.loads(text if "[models" in text else f"{text}\n{NAMED}"), "c.toml")


def agent(text: str) -> str:
    return f'[models.agent]\nmodel = "mine"\n{text}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            agent('settings = { max_tokens = "many" }'),
            "'models.agent.settings.max_tokens': Input should be a valid int",
        ),
        (agent("settings = { max_tokens = 0 }"), "'models.agent.settings.max_tokens': Input should be greater than or"),
        (agent("settings = { max_tokens = true }"), "'models.agent.settings.max_tokens': Input should be a valid int"),
        (
            agent('settings = { temperature = "hot" }'),
            "'models.agent.settings.temperature': Input should be a valid nu",
        ),
        (agent("settings = 5"), "'models.agent.settings': must be a table, not 5"),
        (agent('base_url = "127.0.0.1:80/v1"'), "'models.agent.base_url': must be an address as \"http://"),
        (agent('base_url = "ftp://x/y"'), "'models.agent.base_url': must be an address as \"http://"),
        (agent('base_url = "http://x:99999/v1"'), "'models.agent.base_url': must be an address as \"http://"),
        (agent("price = { input = 1.0 }"), "missing key 'models.agent.price.output'; add it"),
        ("[models.agent]", "missing key 'models.agent.model'; name the models, for instance"),
        ("[models]\nagent = 5", "'models.agent': must be a name, or a table { model = "),
        ("scorer = 7", "'scorer': must be a name, or a table { kind = "),
        ('scorer = ["numeric"]', "with its options, not ['numeric']"),
        ("training = 5", "'training': must be a table, not 5"),
        ("[functions]\nfreeze = 5", "'functions.freeze': must be true, false or a list of functions' names, not 5"),
        ("[functions]\nfreeze = [5]", "'functions.freeze': must be true, false or a list of functions' names, not [5]"),
        ("[agent]\nanswer = 5", "'agent.answer': must be a name or a list of names, not 5"),
        ("[training]\nepochs = true", "'training.epochs': Input should be a valid integer, not True"),
        ('[training]\nrace = "yes"', "'training.race': Input should be a valid boolean, not 'yes'"),
        ('[limits]\ndollars = "5"', "'limits.dollars': Input should be a valid number, not '5'"),
        ("[sandbox.limits]\nthreads = true", "'sandbox.limits.threads': Input should be a valid integer, not True"),
    ],
)
def test_a_wrong_value_is_named_by_file_and_key(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        config(text)
    assert str(error.value).startswith(("c.toml: key ", "c.toml: missing key "))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("key", [KEY, UNSHAPED, "AIzaSyA1234567890abcdefghijklmnopq", "not a name"])
def test_a_key_in_the_place_of_its_variables_name_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigError) as error:
        config(agent(f'api_key_env = "{key}"'))
    said = "key 'models.agent.api_key_env': must be the name of an environment variable, not a key"
    assert said in str(error.value)
    assert key not in str(error.value)
    with pytest.raises(ValueError, match="must be the name of an environment variable") as own:
        ModelSpec(model="openai:x", api_key_env=key)
    assert key not in str(own.value)


@pytest.mark.parametrize(
    "name",
    [
        *("", "OPENAI_API_KEY", "my_key_2", "AZURE_OPENAI_API_KEY_FOR_TEAM_7", "HF_TOKEN"),
        *("MYCOMPANYOPENAIAPIKEYPROD_2", "AZUREOPENAIAPIKEYEASTUS2"),
    ],
)
def test_every_usual_variables_name_is_taken(name: str) -> None:
    assert ModelSpec(model="openai:x", api_key_env=name).api_key_env == name


def test_a_key_anywhere_else_is_not_shown_either() -> None:
    for text in (
        *(agent(f'base_url = "http://me:{UNSHAPED}@x/v1"'), agent(f'base_url = "{UNSHAPED}"')),
        *(agent(f'timeout = "{KEY}"'), f'training = "{KEY}"'),
    ):
        with pytest.raises(ConfigError) as error:
            config(text)
        assert KEY not in str(error.value)
        assert UNSHAPED not in str(error.value)


def test_a_whole_number_may_be_written_as_a_float() -> None:
    found = config(f"[limits]\ntokens = 2e6\n[training]\nepochs = 10.0\n{agent('concurrency = 8.0')}")
    assert (found.limits.tokens, found.training.epochs) == (2_000_000, 10)
    for text in ("[limits]\ntokens = 2.5", "[training]\nepochs = true", '[limits]\ndollars = "5"'):
        with pytest.raises(ConfigError, match=r"c\.toml"):
            config(text)


def test_one_name_says_the_same_as_a_list_of_it() -> None:
    given = config('[agent]\ntools = "mine:search"\n[sandbox]\npackages = "math"\n[functions]\nfreeze = "half"')
    assert (given.agent.tools, given.sandbox.packages, given.functions.freeze) == (
        ("mine:search",),
        ("math",),
        ("half",),
    )


def test_a_configuration_that_was_kept_as_json_is_read_again() -> None:
    given = config(
        '[agent]\ntools = ["a:b"]\nanswer = ["boxed", "regex:(x)"]\n[limits]\ndollars = 5\n[training]\nlevel = 0.5'
    )
    assert parse_config(given.model_dump(mode="json"), "kept") == given


def test_a_byte_order_mark_is_left_out_and_what_is_not_utf8_is_named_by_line(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_bytes(b"\xef\xbb\xbf" + NAMED.encode())
    assert load_config(file).models.agent.model == "openai:gpt-5-mini"
    file.write_bytes(NAMED.encode() + b"# \xff\n")
    with pytest.raises(ConfigError, match=r"c\.toml cannot be read: line 3 is not UTF-8; save it as UTF-8"):
        load_config(file)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"path": "x.jsonl", "shuffle": True}, "unknown key 'tasks.source.shuffle'; there are: path, split, columns"),
        (
            {"path": "x", "columns": {"qestion": "q"}},
            "unknown key 'tasks.source.columns.qestion'; did you mean 'question'?",
        ),
        ({"path": ""}, "key 'tasks.source.path': must name a file or folder, not ''"),
        ({"path": 5}, "key 'tasks.source.path': must name a file or folder, not 5"),
        ({}, "missing key 'tasks.source.path'; name the file, for instance path = "),
    ],
)
def test_a_wrong_option_of_a_reader_is_told_as_a_key_is(tmp_path: Path, options: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        reader_of(Reader.model_validate({"reader": "jsonl", **options}), tmp_path, "tasks.source")
    assert str(error.value).startswith(said)


def test_a_wrong_option_of_a_scorer_is_told_as_a_key_is() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'scorer\.tolerence'; did you mean 'tolerance'\?"):
        scorer_of(Kind.model_validate({"kind": "numeric", "tolerence": 1}), Path())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (("boxd",), "agent.answer: unknown 'boxd'"),
        ((), "agent.answer: name at least one"),
        ("regex:(", r"agent.answer: '(' is no regular"),
        ("regex:guess", "agent.answer: 'guess' finds itself alone; put what the answer is into ( and )"),
    ],
)
def test_a_wrong_pattern_is_one_of_agent_answer(answer: str | tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        agent_of(Agent(answer=answer), Path())
    assert str(error.value).startswith(said)


def test_what_is_no_tool_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "odd_tools.py").write_text("class Klass: ...\n\nVALUE = 3\n\ndef bare(a, b: int):\n    return a\n")
    with pytest.raises(ConfigError, match=r"agent\.tools: tool Klass: this is a class; name a function"):
        tools_of(("odd_tools:Klass",), tmp_path)
    with pytest.raises(ConfigError, match=r"agent\.tools: 'odd_tools:VALUE' is no function, but 3"):
        tools_of(("odd_tools:VALUE",), tmp_path)
    [tool] = tools_of(("odd_tools:bare",), tmp_path)
    assert tool.doubt == "has not a type hint for a and a docstring, which is its description"
    assert Tool(splits_of).doubt == ""


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        (
            "{SOURCE}\nsplit = { train = 3, test = 2 }",
            "tasks.split: train = 3 + test = 2 are 5 tasks, and x.jsonl has 4",
        ),
        ("{SOURCE}", "missing key 'tasks.split'; say how `tasks.source` is shared out"),
        ("split = { train = 3 }", "missing key 'tasks.source'"),
        ("{SOURCE}\nsplit = { train = 2 }\ntest = { reader = 'jsonl', path = 'x.jsonl' }", "tasks: give `source` with"),
        ("train = { reader = 'jsonl', path = 'x.jsonl' }\nsplit = { train = 2 }", "tasks: give `source` with"),
    ],
)
def test_a_split_that_does_not_fit_its_source_says_what_to_change(tmp_path: Path, tasks: str, said: str) -> None:
    (tmp_path / "x.jsonl").write_text("".join(f'{{"question": "{n}?", "target": {n}}}\n' for n in range(4)))
    given = config("[tasks]\n" + tasks.replace("{SOURCE}", "source = { reader = 'jsonl', path = 'x.jsonl' }"))
    with pytest.raises(ConfigError) as error:
        splits_of(given.tasks, tmp_path)
    assert str(error.value).startswith(said)


def test_a_mistyped_provider_is_named_before_its_price_is_asked_for() -> None:
    with pytest.raises(
        ConfigError, match=r"agent: unknown provider 'opnai' in 'opnai:gpt-5'; did you mean openai:gpt-5\?"
    ):
        check_spec(ModelSpec(model="opnai:gpt-5"), "agent")
    check_spec(ModelSpec(model="cohere:command"), "agent")  # there is one, whether its package is installed or not
