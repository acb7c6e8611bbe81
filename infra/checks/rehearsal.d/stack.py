"""Reads and configures a deployed stack. The endpoint and the credentials come from the environment.

    stack.py outputs STACK          prints the number of resources, the table's name and the API's id
    stack.py twilio STACK TOKEN     stores Twilio's auth token in the stack's secret
    stack.py second-factor URL      sets up the second factor of staging-check's ADMIN and prints its secret
    stack.py errors STACK           prints the errors that the functions logged
"""

import importlib.machinery
import importlib.util
import json
import os
import sys
import time

import boto3

# Imports staging-check, whose file name is not a valid module name, for its HTTP client and its assertions.
loader = importlib.machinery.SourceFileLoader("check", os.path.join(os.path.dirname(__file__), "../../staging-check"))
check = importlib.util.module_from_spec(importlib.util.spec_from_loader("check", loader))
loader.exec_module(check)


def resources(stack):
    """Physical ids of the stack's resources by logical id."""
    found = boto3.resource("cloudformation").Stack(stack).resource_summaries.all()
    return {resource.logical_id: resource.physical_resource_id for resource in found}


def twilio(stack, token):
    secret = json.dumps({"auth_token": token})
    boto3.client("secretsmanager").put_secret_value(SecretId=f"{stack}/twilio", SecretString=secret)


def second_factor(url):
    check.BASE = url
    status, _, answer = check.call("POST", "/api/auth/token/", {"email": check.EMAIL, "password": check.PASSWORD})
    token = answer.get("access") or sys.exit(f"signing in: {status} {answer}")
    status, _, answer = check.call("POST", "/api/auth/me/totp/", token=token)
    secret = answer.get("secret") or sys.exit(f"a second factor: {status} {answer}")
    # The code of the previous half minute is valid too; the current one stays unused for signing in.
    before = {"otp": check.one_time_code(secret, time.time() - 30)}
    status, _, answer = check.call("POST", "/api/auth/me/totp/", before, token)
    return secret if status == 200 else sys.exit(f"switching it on: {status} {answer}")


def errors(stack):
    logs = boto3.client("logs")
    for group in logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{stack}-")["logGroups"]:
        for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]:
            if "ERROR" in event["message"]:
                print(group["logGroupName"], event["message"].strip())


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "outputs":
        named = resources(*arguments)
        print(len(named), named["Table"], named["Api"])
    elif command == "twilio":
        twilio(*arguments)
    elif command == "errors":
        errors(*arguments)
    else:
        print(second_factor(*arguments))
