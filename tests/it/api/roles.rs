//! The table of roles, held against what the router does.

use assay_api::access::{Access, ROUTES};
use assay_domain::Role;
use reqwest::Method;

use super::host::Host;

#[tokio::test]
async fn every_route_lets_in_exactly_the_roles_of_the_table() {
    let host = Host::empty().await;
    let tokens = [
        (Role::Platform, host.platform()),
        (Role::Admin, host.token(host.acme, Role::Admin)),
        (Role::Operator, host.token(host.acme, Role::Operator)),
        (Role::Viewer, host.token(host.acme, Role::Viewer)),
    ];
    for route in ROUTES {
        let path = route
            .path
            .replace("{process_id}", "01890000-0000-7000-8000-000000000000")
            .replace("{invocation_id}", "01890000-0000-7000-8000-000000000000")
            .replace("{registration_id}", "01890000-0000-7000-8000-000000000000")
            .replace("{site_id}", "01890000-0000-7000-8000-000000000000")
            .replace("{snapshot_id}", "01890000-0000-7000-8000-000000000000")
            .replace("{other_id}", "01890000-0000-7000-8000-000000000000")
            .replace("{user_id}", "01890000-0000-7000-8000-000000000000")
            .replace("{extension_id}", "some-extension")
            .replace("{conflict_id}", "0123456789abcdef")
            .replace("{capability}", "mail")
            .replace("{role}", "quality-focal")
            .replace("{config_version}", "1")
            .replace("{process_type_id}", "payroll_v1")
            .replace("{version}", "1")
            .replace("{name}", "some_plugin")
            .replace("{code}", "internal");
        let method: Method = route.method.parse().unwrap();
        let Access::Roles(roles) = route.access else {
            let answer = host.send(host.request(method, &path)).await;
            assert!(
                !matches!(answer.status.as_u16(), 401 | 403 | 405),
                "{path}: {answer:?}"
            );
            continue;
        };
        host.send(host.request(method.clone(), &path))
            .await
            .problem(401, "token-missing");
        for (role, token) in &tokens {
            let answer = host
                .send(host.request(method.clone(), &path).bearer_auth(token))
                .await;
            if roles.contains(role) {
                assert!(
                    !matches!(answer.status.as_u16(), 401 | 403 | 405),
                    "{role:?} {path}: {answer:?}"
                );
            } else {
                answer.problem(403, "not-allowed");
            }
        }
    }
}
