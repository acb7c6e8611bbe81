"""An appointment on a deployed stack, from booking to the patient's answer: what infra/staging-check can't see from outside,
since it takes a look at the bus, at the archive and at what Twilio got.

    story.py STACK URL MESSAGES      MESSAGES: what twilio.py keeps

The endpoint and the credentials are those of the environment, and the ADMIN's of staging-check. Exits 1 where
something isn't as it should be.
"""

import datetime
import json
import os
import sys
import time

import boto3
from stack import check, resources

STACK, URL, MESSAGES = sys.argv[1:]
SHARDS = 4  # of what is due in the table: store::keys::SHARDS
PHONE, SENDER = "+12025550143", os.environ["TWILIO_WHATSAPP_SENDER"]

check.BASE = URL
call, expect, made = check.call, check.expect, check.made
events, functions, s3, sqs = (boto3.client(name) for name in ("events", "lambda", "s3", "sqs"))
resources = resources(STACK)


def listen():
    """A queue of our own behind the bus gets all that other systems are told."""
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="heard", EventBusName=resources["EventBus"], EventPattern='{"source":["citas"]}')
    events.put_targets(Rule="heard", EventBusName=resources["EventBus"], Targets=[{"Id": "heard", "Arn": arn}])
    return queue


def heard(queue, appointment, wanted):
    """What has come of an appointment, when it is as much as is wanted or the patience is over."""
    got = []

    def enough():
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            event = json.loads(message["Body"])
            if event["detail"].get("appointment") == appointment["id"]:
                got.append(event)
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return len(got) >= wanted

    until(enough)
    return got


def messages():
    with open(MESSAGES) as file:
        return [json.loads(line) for line in file]


def until(there, seconds=30):
    end = time.monotonic() + seconds
    while not there() and time.monotonic() < end:
        time.sleep(0.2)


def book(token):
    mark = f"{time.time_ns():x}"
    # No quiet hours, so that it doesn't matter when this runs.
    clinic = made("/api/clinics/clinics/", {
        "name": f"Ensayo {mark}", "timezone": "America/Bogota", "quiet_from": "00:00", "quiet_until": "00:00",
    }, token)
    room = made("/api/clinics/rooms/", {"clinic": clinic["id"], "name": "1"}, token)
    doctor = made("/api/doctors/", {"first_name": "Ensayo", "last_name": mark}, token)
    patient = made("/api/patients/", {
        "first_name": "Ana", "last_name": mark, "document_number": mark, "phone_number": PHONE, "whatsapp_opt_in": True,
    }, token)
    # Later than the reminder's usual time, and early enough that it goes out at once.
    local = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=-5))) + datetime.timedelta(days=1)
    day = local.date().isoformat()
    made("/api/schedules/", {
        "doctor": doctor["id"], "room": room["id"], "date": day, "start_time": "10:00", "end_time": "23:00",
    }, token)
    booking = {"patient": patient["id"], "doctor": doctor["id"], "start_datetime": f"{day}T22:00"}
    return made("/api/appointments/", booking, token)


def remind():
    """The job's workers are woken over the bus, all of them, as many are when there is much to do."""
    for shard in range(SHARDS):
        events.put_events(Entries=[{
            "EventBusName": resources["EventBus"], "Source": "citas.reminders", "DetailType": "reminders.shard",
            "Detail": json.dumps({"shard": shard}),
        }])
    until(messages)
    time.sleep(2)  # for a second one, which must not come
    got = messages()
    expect("woken over the bus, the job reminds the patient, once", [one["To"] for one in got], [f"whatsapp:{PHONE}"])
    answer = functions.invoke(FunctionName=resources["RemindersFunction"], Payload=b"{}")
    summary = json.loads(answer["Payload"].read())
    expect("a run of the job finds nothing left to do", (summary.get("sent"), summary.get("failed")), (0, 0))
    return got[0]["sid"], summary


def archived(summary):
    listed = s3.list_objects_v2(Bucket=resources["SealsBucket"], Prefix="seals/").get("Contents", [])
    expect("each seal of the audit trail is archived", len(listed) >= summary["seals"] > 0, True)


def answer(appointment, reminder, token):
    form = {
        "MessageSid": f"SM{time.time_ns():032x}", "AccountSid": os.environ["TWILIO_ACCOUNT_SID"], "Body": "Confirmar",
        "From": f"whatsapp:{PHONE}", "To": f"whatsapp:{SENDER}", "OriginalRepliedMessageSid": reminder,
    }
    path = "/api/notifications/whatsapp/webhook/"
    status = check.signed(path, form, os.environ["TWILIO_AUTH_TOKEN"])[0]
    expect("the patient's answer is taken", status, 200)
    found = call("GET", f"/api/appointments/{appointment['id']}/", token=token)[2]
    expect("the appointment is confirmed", (found.get("status"), found.get("confirmed_via")), ("CONFIRMED", "whatsapp"))


def main():
    token = check.sign_in()
    queue = listen()
    appointment = book(token)
    reminder, summary = remind()
    archived(summary)
    answer(appointment, reminder, token)
    if "PublisherFunction" in resources:
        told = heard(queue, appointment, 2)
        wanted = ["appointment.created", "appointment.confirmed"]
        expect("other systems are told what happened", [event["detail-type"] for event in told], wanted)
        expect("and no name or number", any(word in json.dumps(told) for word in ("Ana", PHONE)), False)
    else:
        print("skipped: events for other systems (the template has no PublisherFunction)")
    sys.exit(f"{len(check.failed)} failed" if check.failed else 0)


main()
