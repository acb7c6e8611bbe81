"""Prints template.yaml for deployment to an emulator: each function's code is a zip that exists already, and resources
that the emulator doesn't support are removed and named on stderr.

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


def with_secret_arns(value):
    """Replaces references to secrets. In AWS `Ref` returns the ARN of a secret, in ministack its name, which no policy
    allows. The attribute Id is the ARN in both."""
    if isinstance(value, dict):
        named = value.get("Ref")
        if named and resources.get(named, {}).get("Type") == "AWS::SecretsManager::Secret":
            return {"Fn::GetAtt": [named, "Id"]}
        return {key: with_secret_arns(inner) for key, inner in value.items()}
    return [with_secret_arns(inner) for inner in value] if isinstance(value, list) else value


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
print(json.dumps(with_secret_arns(template), indent=1, default=str))
