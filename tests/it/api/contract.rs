//! What is answered is what the OpenAPI document says.

use serde_json::{Value, json};

use super::host::{Answer, Host, payslip, sample};

/// What the OpenAPI document says.
pub(crate) struct Contract(Value);

impl Contract {
    pub(crate) fn new() -> Self {
        Self(serde_json::from_str(&assay_api::openapi()).unwrap())
    }

    /// That an answer is as it is documented.
    pub(crate) fn holds(&self, method: &str, path: &str, answer: &Answer) {
        let responses = &self.0["paths"][path][method]["responses"];
        let status = answer.status.as_str();
        let (response, kind) = match &responses[status] {
            Value::Null => (&responses["default"], "application/problem+json"),
            response => (response, "application/json"),
        };
        let schema = &response["content"][kind]["schema"];
        assert!(schema.is_object(), "{method} {path} {status} is not documented");
        let whole = json!({"allOf": [schema], "components": self.0["components"]});
        let validator = jsonschema::validator_for(&whole).unwrap();
        let wrong: Vec<_> = validator
            .iter_errors(&answer.body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{method} {path} {status}: {wrong:#?}");
    }
}

#[tokio::test]
async fn answers_are_as_they_are_documented() {
    let host = Host::new().await;
    let contract = Contract::new();
    let good = json!({"process_type_id": "payroll_v1", "documents": [{"data": payslip()}]}).to_string();
    let dry = host.post("/v1/validate", "application/json", good.clone()).await;
    contract.holds("post", "/v1/validate", &dry);
    let process = host.post("/v1/processes", "application/json", good).await;
    contract.holds("post", "/v1/processes", &process);
    let query = "/v1/processes?process_type_id=simple_invoice";
    for file in ["roca_other_account", "entity_bomb"] {
        let xml = sample(&format!("documents/acme-corp/simple_invoice/{file}.xml"));
        contract.holds("post", "/v1/processes", &host.post(query, "text/xml", xml).await);
    }
    let refused = host.post("/v1/processes", "application/json", "{}").await;
    contract.holds("post", "/v1/processes", &refused);

    let id = process.body["process_id"].as_str().unwrap();
    let call = process.body["invocations"][0]["invocation_id"].as_str().unwrap();
    for (path, documented) in [
        (format!("/v1/processes/{id}"), "/v1/processes/{process_id}"),
        ("/v1/processes?limit=2".to_owned(), "/v1/processes"),
        (
            format!("/v1/invocations/{call}"),
            "/v1/invocations/{invocation_id}",
        ),
        ("/v1/plugins".to_owned(), "/v1/plugins"),
        ("/v1/registrations".to_owned(), "/v1/registrations"),
        (
            "/v1/plugins/ubl_invoice_extractor".to_owned(),
            "/v1/plugins/{name}",
        ),
        (
            "/v1/configurations/payroll_v1".to_owned(),
            "/v1/configurations/{process_type_id}",
        ),
        (
            "/v1/configurations/payroll_v1/versions/1".to_owned(),
            "/v1/configurations/{process_type_id}/versions/{version}",
        ),
        ("/readyz".to_owned(), "/readyz"),
    ] {
        let answer = host.get(&path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        contract.holds("get", documented, &answer);
    }
}
