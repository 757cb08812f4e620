"""Grafana dashboards as Python values: panels, rows that lay them out, variables. Nothing here knows of Millrace.

In expressions JOB stands for the matchers of the chosen jobs, INSTANCE for that of the chosen processes, and [RATE] for the
window that suits the resolution of the graph.
"""

WIDTH = 24  # Of Grafana's grid.
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
JOB = 'job_name=~"$job_name", job=~"$job"'
INSTANCE = 'instance=~"$instance"'


def expand(expression):
    return expression.replace("JOB", JOB).replace("INSTANCE", INSTANCE).replace("[RATE]", "[$__rate_interval]")


def target(expression, legend, index=0, table=False):
    return {
        "refId": chr(ord("A") + index),
        "datasource": DATASOURCE,
        "editorMode": "code",
        "expr": expand(expression),
        "legendFormat": legend,
        "range": not table,
        "instant": table,
        "format": "table" if table else "time_series",
    }


def steps(*thresholds):
    """Green, then (value, color) upwards."""
    return {"mode": "absolute",
            "steps": [{"color": "green", "value": None}] + [{"color": color, "value": value} for value, color in thresholds]}


def panel(kind, title, about, queries, unit="short", width=8, height=7, table=False):
    """`queries`: (expression, legend) pairs. `about` is what a reader sees behind the panel's i."""
    return {
        "type": kind,
        "title": title,
        "description": about,
        "datasource": DATASOURCE,
        "gridPos": {"w": width, "h": height},
        "targets": [target(expression, legend, i, table) for i, (expression, legend) in enumerate(queries)],
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "options": {},
    }


def graph(title, about, *queries, unit="short", width=8, stacked=False, least=0, most=None):
    made = panel("timeseries", title, about, queries, unit, width)
    defaults = made["fieldConfig"]["defaults"]
    defaults["custom"] = {
        "drawStyle": "line", "lineWidth": 1, "fillOpacity": 30 if stacked else 8, "showPoints": "never",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
    }
    if least is not None:
        defaults["min"] = least
    if most is not None:
        defaults["max"] = most
    made["options"] = {
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return made


def number(title, about, expression, legend="", unit="short", width=4, thresholds=None, empty="-"):
    made = panel("stat", title, about, [(expression, legend)], unit, width, height=4)
    made["fieldConfig"]["defaults"].update({"thresholds": thresholds or steps(), "noValue": empty})
    made["options"] = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value", "graphMode": "area", "textMode": "auto", "orientation": "auto",
    }
    return made


def heat_map(title, about, expression, legend, width=12):
    """One line for each series, coloured by a share from 0 to 1."""
    made = panel("status-history", title, about, [(expression, legend)], "percentunit", width, height=9)
    made["maxDataPoints"] = 100
    made["fieldConfig"]["defaults"].update({
        "min": 0, "max": 1, "color": {"mode": "continuous-GrYlRd"}, "custom": {"fillOpacity": 80, "lineWidth": 0}})
    made["options"] = {"showValue": "never", "rowHeight": 0.9, "colWidth": 1,
                       "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom"},
                       "tooltip": {"mode": "single", "sort": "none"}}
    return made


def time_line(title, about, expression, legend, width=12):
    """One line for each series, drawn while it has a value."""
    made = panel("state-timeline", title, about, [(expression, legend)], "short", width)
    made["fieldConfig"]["defaults"].update({
        "color": {"mode": "palette-classic"}, "custom": {"fillOpacity": 70, "lineWidth": 0, "spanNulls": False}})
    made["options"] = {"showValue": "never", "mergeValues": True, "rowHeight": 0.9, "alignValue": "left",
                       "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom"},
                       "tooltip": {"mode": "single", "sort": "none"}}
    return made


def table(title, about, expression, columns, width=12, value=None, unit="short", empty="no data"):
    """An instant query: `columns` are the labels shown, in order; `value` is the heading of the number, if it is shown."""
    made = panel("table", title, about, [(expression, "")], unit, width, table=True)
    made["fieldConfig"]["defaults"].update({"noValue": empty, "custom": {"align": "left", "filterable": False}})
    shown = list(columns) + (["Value"] if value else [])
    made["transformations"] = [
        {"id": "filterFieldsByName", "options": {"include": {"names": shown}}},
        {"id": "organize", "options": {
            "excludeByName": {}, "indexByName": {name: i for i, name in enumerate(shown)},
            "renameByName": {"Value": value} if value else {}}},
    ]
    made["options"] = {"showHeader": True, "cellHeight": "sm"}
    return made


def quantiles(metric, matchers, by, legend):
    """Median and 95th percentile of a histogram."""
    return [(f"histogram_quantile({q}, sum by (le, {by}) (rate({metric}_bucket{{{matchers}}}[RATE])))", f"{legend} p{q * 100:.0f}")
            for q in (0.5, 0.95)]


def row(title, *panels):
    return title, panels


def data_source_variable():
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "regex": "", "refresh": 1,
            "hide": 0, "multi": False, "includeAll": False, "current": {}, "options": []}


def variable(name, label, query):
    """A choice of several values of a label, all of them at first."""
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE, "definition": query,
            "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, "regex": "", "hide": 0, "multi": True,
            "includeAll": True, "current": {"text": ["All"], "value": ["$__all"]}, "options": []}


def dashboard(uid, title, about, variables, rows, links=()):
    """The dashboard as Grafana stores it. Rows come one below the other; a panel that no longer fits begins a new line."""
    panels, y = [], 0

    def add(each, x, y):
        each = dict(each, id=len(panels) + 1)
        each["gridPos"] = dict(each["gridPos"], x=x, y=y)
        panels.append(each)

    for heading, members in rows:
        add({"type": "row", "title": heading, "collapsed": False, "panels": [], "gridPos": {"w": WIDTH, "h": 1}}, 0, y)
        y += 1
        x = line_height = 0
        for member in members:
            width, height = member["gridPos"]["w"], member["gridPos"]["h"]
            if x + width > WIDTH:
                x, y, line_height = 0, y + line_height, 0
            add(member, x, y)
            x, line_height = x + width, max(line_height, height)
        y += line_height
    return {
        "uid": uid, "title": title, "description": about, "tags": ["millrace"], "schemaVersion": 39, "version": 1,
        "editable": True, "graphTooltip": 1, "timezone": "browser", "refresh": "5s", "time": {"from": "now-15m", "to": "now"},
        "templating": {"list": [data_source_variable(), *variables]},
        "links": [{"type": "link", "title": text, "url": f"/d/{to}", "keepTime": True, "includeVars": False,
                   "targetBlank": False, "icon": "dashboard", "tags": [], "asDropdown": False} for text, to in links],
        "annotations": {"list": []},
        "panels": panels,
    }
