"""Prints template.yaml for deployment to an emulator: each function's code is a zip that exists already, each route for
ANY method is written as one route per method, and resources that the emulator doesn't support are removed and named on
stderr.

    template.py TEMPLATE FOLDER      FOLDER/<binary>/bootstrap.zip, in cargo-lambda's layout
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.yaml_helper import yaml_parse  # noqa: E402: reads the region on import

# The types of removed resources, with the reasons.
LEFT_OUT = {
    "AWS::SecretsManager::RotationSchedule": "not supported by ministack: scheduled rotation is not tested",
    "AWS::S3::BucketPolicy": "it denies access without TLS, which the emulator doesn't have",
}

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def with_secret_arns(value):
    """Replaces references to secrets. In AWS `Ref` returns the ARN of a secret, in ministack its name, which no policy
    allows. The attribute Id is the ARN in both."""
    if isinstance(value, dict):
        named = value.get("Ref")
        if named and resources.get(named, {}).get("Type") == "AWS::SecretsManager::Secret":
            return {"Fn::GetAtt": [named, "Id"]}
        return {key: with_secret_arns(inner) for key, inner in value.items()}
    return [with_secret_arns(inner) for inner in value] if isinstance(value, list) else value


def with_explicit_methods(events):
    """Writes each route for ANY as one route per method, because ministack drops ANY when it imports an API. A method
    that has a line of its own on the same path is left to that line, as in AWS."""
    of_api = {name: event["Properties"] for name, event in events.items() if event["Type"] == "Api"}
    own = {(route["Path"], route["Method"]) for route in of_api.values()}
    explicit = {}
    for name, event in events.items():
        if name not in of_api or event["Properties"]["Method"] != "ANY":
            explicit[name] = event
            continue
        for method in METHODS:
            if (event["Properties"]["Path"], method) not in own:
                properties = {**event["Properties"], "Method": method}
                explicit[f"{name}{method.capitalize()}"] = {**event, "Properties": properties}
    return explicit


template_path, folder = sys.argv[1:]
template = yaml_parse(open(template_path).read())
resources = template["Resources"]
for name, resource in list(resources.items()):
    if resource["Type"] in LEFT_OUT:
        print(f"not deployed: {name} ({resource['Type']}): {LEFT_OUT[resource['Type']]}", file=sys.stderr)
        del resources[name]
    elif resource["Type"] == "AWS::Serverless::Function":
        binary = resource.pop("Metadata")["BuildProperties"]["Binary"]
        code = os.path.join(folder, binary, "bootstrap.zip")
        if not os.path.exists(code):
            sys.exit(f"{name}: {code} is missing: bash infra/checks/build makes it")
        resource["Properties"]["CodeUri"] = code
        if "Events" in resource["Properties"]:
            resource["Properties"]["Events"] = with_explicit_methods(resource["Properties"]["Events"])
print("routes for ANY method are deployed as one route per method: ministack drops ANY", file=sys.stderr)
print(json.dumps(with_secret_arns(template), indent=1, default=str))
