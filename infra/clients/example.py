import os
from citas import AuthenticatedClient, Client
from citas.api.appointments import book_appointment
from citas.api.auth import issue_token
from citas.api.doctors import list_doctors
from citas.api.patients import list_patients
from citas.api.schedules import list_slots
from citas.models import AppointmentBody, TokenBody

base = os.environ.get("CITAS_URL", "http://127.0.0.1:8000")
session = issue_token.sync(client=Client(base), body=TokenBody("operator@example.com", "citas-demo-password"))
api = AuthenticatedClient(base, token=session.access)
patient = list_patients.sync(client=api, search="fernandez").results[0]
doctor = list_doctors.sync(client=api).results[0]
slot = list_slots.sync(client=api, doctor=doctor.id, limit=1).results[0]
booking = AppointmentBody(patient=patient.id, doctor=slot.doctor, start_datetime=slot.start_datetime)
appointment = book_appointment.sync(client=api, body=booking)
print(f"{appointment.patient_name}: {appointment.start_datetime.isoformat()}, {appointment.status_display}")
