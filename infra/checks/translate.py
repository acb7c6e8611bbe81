"""Prints template.yaml as translated to CloudFormation by SAM, with a placeholder for the code that `sam build` would
build and upload.

    translate.py TEMPLATE
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.translator.transform import transform  # noqa: E402: reads the region on import
from samtranslator.yaml_helper import yaml_parse  # noqa: E402


class NoManagedPolicies:
    """No managed policies: all statements of the roles are in the template."""

    def load(self):
        return {}


template = yaml_parse(open(sys.argv[1]).read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://built/code.zip"
print(json.dumps(transform(template, {}, NoManagedPolicies()), indent=1, default=str))
