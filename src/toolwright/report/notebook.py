"""What a notebook shows: a chart as Altair's, a table as pandas'; both come with the extra "notebook".

Example:
    drawn(overview.charts["loss"])  # an altair chart: the same specification as the page's
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from toolwright.errors import ConfigError
from toolwright.report.documents import Chart
from toolwright.report.tables import Table
from toolwright.report.tables.table import Row

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


def drawn(chart: Chart) -> "alt.TopLevelMixin":
    """A chart of the page's as Altair's.

    Raises:
        ConfigError: Altair is not installed.
    """
    try:
        import altair as alt  # noqa: PLC0415 - an extra, and a second to import
    except ImportError as error:
        raise _missing("altair") from error
    kind = alt.LayerChart if "layer" in chart else alt.Chart  # Altair would try one after the other, for seconds
    made = kind.from_dict({**chart, "data": {"values": []}}, validate=False)  # it validates what it shows
    made.data = {"values": chart["data"]["values"]}  # past Altair's own reading, which takes minutes for 10,000 rows
    return made


def frame_of(table: Table, rows: Iterable[Row]) -> "pd.DataFrame":
    """A table as pandas', its columns of the types the table says, also without a row.

    Raises:
        ConfigError: pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 - an extra, and half a second to import
    except ImportError as error:
        raise _missing("pandas") from error
    return pd.DataFrame(list(rows), columns=list(table.columns), dtype=object).astype(table.columns)


def _missing(library: str) -> ConfigError:
    return ConfigError(
        f"{library} is not installed, which charts and tables in a notebook need: pip install 'toolwright[notebook]'"
    )
