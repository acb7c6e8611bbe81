//! Tests of the console: its pages, without a browser (`pages`, `week`, `session`, `booking`, `messages`, `new_contacts`,
//! `versions`, `budgets`, `model`) and in Chromium (`browser`,
//! `browser_messages`, `browser_conditions`, `browser_pictures`).
//!
//! [`Visitor`] is a browser without a script: it keeps cookies, sends forms, and follows no redirect by itself.

mod booking;
mod browser;
mod browser_conditions;
mod browser_messages;
mod browser_pictures;
mod budgets;
mod cutting_proxy;
mod faked;
mod markup;
mod messages;
mod model;
mod new_contacts;
mod pages;
mod pdf;
mod previews;
mod session;
mod versions;
mod webdriver;
mod week;

use bytes::Bytes;
use faked::FakedConsole;
use http::{Method, Request};
use std::cell::RefCell;
use std::collections::BTreeMap;
use testkit::test_app::{PASSWORD, TestApp, TestResponse};

pub(crate) struct Visitor<'a> {
    app: &'a TestApp,
    /// Instead of the app's own console.
    console: Option<&'a FakedConsole>,
    cookies: RefCell<BTreeMap<String, String>>,
    /// Whether it asks as htmx does.
    is_part: bool,
}

impl<'a> Visitor<'a> {
    pub(crate) fn new(app: &'a TestApp) -> Self {
        Self { app, console: None, cookies: RefCell::default(), is_part: false }
    }

    /// Signs in with the form.
    pub(crate) async fn signed_in(app: &'a TestApp, email: &str) -> Self {
        Self::new(app).sign_in(email).await
    }

    /// The same at another console.
    pub(crate) async fn signed_in_at(app: &'a TestApp, console: &'a FakedConsole, email: &str) -> Self {
        Self { console: Some(console), ..Self::new(app) }.sign_in(email).await
    }

    async fn sign_in(self, email: &str) -> Self {
        let visitor = self;
        let answer = visitor.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location").as_str()), (303, "/agenda"), "{answer:?}");
        visitor
    }

    /// The same visitor, who asks for parts of pages.
    pub(crate) fn as_script(&self) -> Self {
        Self { app: self.app, console: self.console, cookies: self.cookies.clone(), is_part: true }
    }

    pub(crate) fn has_cookie(&self, name: &str) -> bool {
        self.cookies.borrow().contains_key(name)
    }

    /// Forgets a cookie, as a browser does when its time is over.
    pub(crate) fn forget(&self, name: &str) {
        self.cookies.borrow_mut().remove(name);
    }

    /// A request for a page, with the cookies.
    pub(crate) fn request(&self, path: &str) -> Request<Bytes> {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        Request::builder().uri(path).header("cookie", cookies.join("; ")).body(Bytes::new()).unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        self.send(Method::GET, path, &[], &[]).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> TestResponse {
        self.send(Method::POST, path, form, &[("sec-fetch-site", "same-origin")]).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> TestResponse {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8000");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if self.is_part {
            request = request.header("hx-request", "true");
        }
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(Bytes::from(body));
        let answer = match self.console {
            Some(console) => console.call(request.unwrap()).await,
            None => self.app.call(request.unwrap()).await,
        };
        self.keep(&answer);
        answer
    }

    fn keep(&self, answer: &TestResponse) {
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// The HTML of an answer.
pub(crate) fn html(answer: &TestResponse) -> &str {
    answer.body.as_str().unwrap_or_default()
}

/// The value of a hidden field.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let at = format!("type=\"hidden\" name=\"{name}\" value=\"");
    let rest = page.split_once(&at).unwrap_or_else(|| panic!("no field {name} in {page}")).1;
    rest.split('"').next().unwrap().to_owned()
}
