"""Prints template.yaml as it is deployed to an emulator: each function's code is a zip that is there already, and
what can't be on an emulator is left out and named on stderr.

    template.py TEMPLATE FOLDER      FOLDER/<binary>/bootstrap.zip, as cargo-lambda lays them out
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.yaml_helper import yaml_parse  # noqa: E402: it reads the region when it is imported

# What is left out, and what is therefore not shown.
LEFT_OUT = {
    "AWS::SecretsManager::RotationSchedule": "ministack doesn't know it: keys are not rotated by a schedule",
    "AWS::S3::BucketPolicy": "it refuses whoever comes without TLS, as everybody does here",
}


def spelled_out(value):
    """A reference to a secret is its ARN in AWS; ministack makes it the name, which no policy allows. The attribute
    Id is the ARN in both."""
    if isinstance(value, dict):
        named = value.get("Ref")
        if named and resources.get(named, {}).get("Type") == "AWS::SecretsManager::Secret":
            return {"Fn::GetAtt": [named, "Id"]}
        return {key: spelled_out(inner) for key, inner in value.items()}
    return [spelled_out(inner) for inner in value] if isinstance(value, list) else value


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
print(json.dumps(spelled_out(template), indent=1, default=str))
