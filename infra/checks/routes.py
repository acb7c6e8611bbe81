"""Checks the routes of a translated template (translate.py): API Gateway sends each path of the API, with each method, to
exactly one function, the one that the OpenAPI document names, and may invoke it.

    routes.py TRANSLATED OPENAPI
"""

import json
import re
import sys

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ANY = "x-amazon-apigateway-any-method"
failed = []


def complain(text):
    failed.append(text)
    print(f"routes: {text}")


def function_of(operation):
    """The logical id in the URI of a line's integration."""
    uri = json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
    return re.search(r"/functions/\$\{(\w+)\.Arn\}/", uri)[1]


def pattern_of(path):
    """A path of the template as a regular expression. A REST API ignores a slash at the end."""
    parts = re.split(r"(\{\w+\+?\})", path.rstrip("/"))
    matching = (".+" if part.endswith("+}") else "[^/]+" if part.startswith("{") else re.escape(part) for part in parts)
    return re.compile("".join(matching) + "/?")


def rank(line):
    """The order in which API Gateway prefers lines: literal segments, parameters, {proxy+}; the method, then ANY."""
    method, path, _ = line
    return [1 if part.endswith("+}") else 2 if part.startswith("{") else 3 for part in path.split("/")], method != ANY


translated, document = (json.load(open(path)) for path in sys.argv[1:])
resources = translated["Resources"].values()
[api] = [resource for resource in resources if resource["Type"] == "AWS::ApiGateway::RestApi"]
lines = [
    (method if method == ANY else method.upper(), path, function_of(operation))
    for path, operations in api["Properties"]["Body"]["paths"].items()
    for method, operation in operations.items()
]
patterns = {path: pattern_of(path) for _, path, _ in lines}

permissions = set()
for resource in resources:
    if resource["Type"] == "AWS::Lambda::Permission":
        source = json.dumps(resource["Properties"].get("SourceArn"))
        if found := re.search(r"\$\{__Stage__\}/([A-Z]+|\*)(/[^\"]*)", source):
            permissions.add((found[1], found[2], resource["Properties"]["FunctionName"]["Ref"]))
for method, path, function in lines:
    allowed = ("*" if method == ANY else method, re.sub(r"\{\w+\+?\}", "*", path), function)
    if allowed not in permissions:
        complain(f"API Gateway may not invoke {function} for {method} {path}")

checked = 0
for path, operations in document["paths"].items():
    [tag] = {tag for operation in operations.values() for tag in operation["tags"]}
    for method in METHODS:
        serving = [line for line in lines if line[0] in (method, ANY) and patterns[line[1]].fullmatch(path)]
        best = max(map(rank, serving), default=None)
        reached = [function for *line, function in serving if rank((*line, function)) == best]
        if reached != [f"{tag.capitalize()}Function"]:
            complain(f"{method} {path} reaches {reached or 'no function'}, not {tag}")
        checked += 1
if failed or checked == 0:
    sys.exit(f"routes: {len(failed)} findings in {checked} pairs of path and method")
print(f"template.yaml, translated: {checked} pairs of path and method reach one function each, over {len(lines)} lines")
