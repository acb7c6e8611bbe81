import createClient from "openapi-fetch";
import type { paths } from "./citas.js";

const api = createClient<paths>({ baseUrl: process.env.CITAS_URL ?? "http://127.0.0.1:8000" });
const { data: session } = await api.POST("/api/auth/token/", { body: { email: "operator@example.com", password: "citas-demo-password" } });
api.use({ onRequest: ({ request }) => request.headers.set("Authorization", `Bearer ${session!.access}`) });
const { data: patients } = await api.GET("/api/patients/", { params: { query: { search: "fernandez" } } });
const { data: doctors } = await api.GET("/api/doctors/");
const { data: free } = await api.GET("/api/schedules/slots/", { params: { query: { doctor: doctors!.results[0]!.id, limit: 1 } } });
const [patient, slot] = [patients!.results[0]!, free!.results[0]!];
const { data: appointment, error } = await api.POST("/api/appointments/", { body: { patient: patient.id, doctor: slot.doctor, start_datetime: slot.start_datetime } });
console.log(appointment && "status_display" in appointment ? `${appointment.patient_name}: ${appointment.start_datetime}, ${appointment.status_display}` : error!.detail);
