"""Tests an appointment on a deployed stack from booking to the patient's reply, with checks that infra/staging-check
can't make from outside: of the event bus, the archive and the messages that Twilio received.

    story.py STACK URL MESSAGES      MESSAGES: the file of twilio.py

The endpoint and the credentials come from the environment, the ADMIN's credentials as in staging-check. Exits 1 if a
check fails.
"""

import datetime
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import boto3
from stack import check, resources

STACK, URL, MESSAGES = sys.argv[1:]
SHARDS = 4  # store::keys::SHARDS
PHONE, SENDER = "+12025550143", os.environ["TWILIO_WHATSAPP_SENDER"]

check.BASE = URL
call, expect, create = check.call, check.expect, check.create
events, functions, s3, sqs = (boto3.client(name) for name in ("events", "lambda", "s3", "sqs"))
resources = resources(STACK)


def listen():
    """Creates a queue that receives all domain events of the bus."""
    queue = sqs.create_queue(QueueName="domain-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="domain-events", EventBusName=resources["EventBus"], EventPattern='{"source":["citas"]}')
    targets = [{"Id": "domain-events", "Arn": arn}]
    events.put_targets(Rule="domain-events", EventBusName=resources["EventBus"], Targets=targets)
    return queue


def received_events(queue, appointment, wanted):
    """The events of an appointment, after as many as wanted have arrived or the timeout is over."""
    got = []

    def enough():
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            event = json.loads(message["Body"])
            if event["detail"].get("appointment") == appointment["id"]:
                got.append(event)
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return len(got) >= wanted

    wait_until(enough)
    return got


def messages():
    with open(MESSAGES) as file:
        return [json.loads(line) for line in file]


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.2)


def book(token):
    mark = f"{time.time_ns():x}"
    # Without quiet hours, so that the time of the run doesn't matter.
    clinic = create("/api/clinics/clinics/", {
        "name": f"Ensayo {mark}", "timezone": "America/Bogota", "quiet_from": "00:00", "quiet_until": "00:00",
    }, token)
    room = create("/api/clinics/rooms/", {"clinic": clinic["id"], "name": "1"}, token)
    doctor = create("/api/doctors/", {"first_name": "Ensayo", "last_name": mark}, token)
    patient = create("/api/patients/", {
        "first_name": "Ana", "last_name": mark, "document_number": mark, "phone_number": PHONE, "whatsapp_opt_in": True,
    }, token)
    # The reminder is due already, and early enough before the appointment to be sent at once.
    local = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=-5))) + datetime.timedelta(days=1)
    day = local.date().isoformat()
    create("/api/schedules/", {
        "doctor": doctor["id"], "room": room["id"], "date": day, "start_time": "10:00", "end_time": "23:00",
    }, token)
    booking = {"patient": patient["id"], "doctor": doctor["id"], "start_datetime": f"{day}T22:00"}
    return create("/api/appointments/", booking, token)


def send_reminder():
    """Starts all of the job's workers over the event bus, as the job does under load."""
    for shard in range(SHARDS):
        events.put_events(Entries=[{
            "EventBusName": resources["EventBus"], "Source": "citas.reminders", "DetailType": "reminders.shard",
            "Detail": json.dumps({"shard": shard}),
        }])
    wait_until(messages)
    time.sleep(2)  # a second message must not arrive
    got = messages()
    expect("the job, started over the bus, sends one reminder", [one["To"] for one in got], [f"whatsapp:{PHONE}"])
    answer = functions.invoke(FunctionName=resources["RemindersFunction"], Payload=b"{}")
    summary = json.loads(answer["Payload"].read())
    expect("another run of the job sends nothing", (summary.get("sent"), summary.get("failed")), (0, 0))
    return got[0]["sid"], summary


def check_archive(summary):
    listed = s3.list_objects_v2(Bucket=resources["SealsBucket"], Prefix="seals/").get("Contents", [])
    expect("each seal of the audit trail is archived", len(listed) >= summary["seals"] > 0, True)


def confirm_by_reply(appointment, reminder, token):
    form = {
        "MessageSid": f"SM{time.time_ns():032x}", "AccountSid": os.environ["TWILIO_ACCOUNT_SID"], "Body": "Confirmar",
        "From": f"whatsapp:{PHONE}", "To": f"whatsapp:{SENDER}", "OriginalRepliedMessageSid": reminder,
    }
    path = "/api/notifications/whatsapp/webhook/"
    status = check.post_signed(path, form, os.environ["TWILIO_AUTH_TOKEN"])[0]
    expect("the patient's reply is accepted", status, 200)
    found = call("GET", f"/api/appointments/{appointment['id']}/", token=token)[2]
    expect("the appointment is confirmed", (found.get("status"), found.get("confirmed_via")), ("CONFIRMED", "whatsapp"))


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def console_page(path, form=None, cookies=""):
    """A page of the console, as a browser asks for it: status, cookies, text."""
    data = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(URL + path, data, {"Sec-Fetch-Site": "same-origin", "Cookie": cookies})
    try:
        answer = urllib.request.build_opener(NoRedirect).open(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    given = [cookie.split(";")[0] for cookie in answer.headers.get_all("Set-Cookie") or []]
    return answer.status, "; ".join(given), answer.read().decode()


def open_console(token):
    """The console invokes the functions of the API, by its own role and with the user's token."""
    user = {"email": f"{time.time_ns():x}@clinica.example", "role": "OPERATOR", "password": check.PASSWORD}
    create("/api/auth/users/", user, token)
    expect("the console shows the sign-in form", console_page("/sign-in")[0], 200)
    form = {"email": user["email"], "password": user["password"]}
    status, cookies, _ = console_page("/sign-in", form)
    expect("signing in leads on, with two cookies", (status, cookies.count("__Host-")), (303, 2))
    status, _, page = console_page("/agenda", cookies=cookies)
    expect("the agenda is shown", (status, 'id="day"' in page), (200, True))


def main():
    token = check.sign_in()
    queue = listen()
    appointment = book(token)
    open_console(token)
    reminder, summary = send_reminder()
    check_archive(summary)
    confirm_by_reply(appointment, reminder, token)
    if "PublisherFunction" in resources:
        published = received_events(queue, appointment, 2)
        wanted = ["appointment.created", "appointment.confirmed"]
        expect("the domain events are published", [event["detail-type"] for event in published], wanted)
        text = json.dumps(published)
        expect("the events contain no name or number", any(word in text for word in ("Ana", PHONE)), False)
    else:
        print("skipped: events for other systems (the template has no PublisherFunction)")
    sys.exit(f"{len(check.failed)} failed" if check.failed else 0)


main()
