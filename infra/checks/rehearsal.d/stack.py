"""What is asked of a deployed stack before anybody works with it. The endpoint and the credentials are those of the
environment.

    stack.py outputs STACK          prints how many resources it has, the table's name and the API's id
    stack.py twilio STACK TOKEN     puts Twilio's auth token where the functions look for it
    stack.py second-factor URL      sets up that of staging-check's ADMIN, and prints its secret
    stack.py errors STACK           prints what its functions logged as errors
"""

import importlib.machinery
import importlib.util
import json
import os
import sys
import time

import boto3

# staging-check's way of calling and of saying what is wrong. It isn't named as a module, and isn't one.
loader = importlib.machinery.SourceFileLoader("check", os.path.join(os.path.dirname(__file__), "../../staging-check"))
check = importlib.util.module_from_spec(importlib.util.spec_from_loader("check", loader))
loader.exec_module(check)


def resources(stack):
    """What everything in it is really called."""
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
    # The code of the half minute before is good too, and leaves this one's for signing in.
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
