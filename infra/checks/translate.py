"""Prints template.yaml as CloudFormation gets it: SAM's resources translated, with a stand-in for the code that
`sam build` would have made and uploaded.

    translate.py TEMPLATE
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.translator.transform import transform  # noqa: E402: it reads the region when it is imported
from samtranslator.yaml_helper import yaml_parse  # noqa: E402


class NoManagedPolicies:
    """Every statement of a role stands in the template."""

    def load(self):
        return {}


template = yaml_parse(open(sys.argv[1]).read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://built/code.zip"
print(json.dumps(transform(template, {}, NoManagedPolicies()), indent=1, default=str))
