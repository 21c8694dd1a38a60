//! The first-party plugins and the sample tenants into the database, as far as they are not there.

use anyhow::Context as _;
use assay_domain::{Actor, ClientId, Role};
use assay_service::{RegisterError, Services};
use assay_store::Store;
use assay_store::clients::NewClient;
use assay_store::process_types::ProcessType;
use assay_store::users::User;
use bytes::Bytes;
use serde_json::Value;

use super::samples::{self, Tenant, Tenants};
use crate::builtin;
use crate::output::Output;
use crate::wire;

/// Returns how many tenants there are.
pub(crate) async fn seed(services: &Services, store: &Store, output: &Output) -> anyhow::Result<usize> {
    plugins(services, output).await?;
    let tenants = Tenants::load()?;
    let mut tx = store.begin_platform().await?;
    let there = tx.process_types().await?;
    for sample in &tenants.process_type {
        if there.iter().any(|there| there.id == sample.process_type_id) {
            continue;
        }
        let new = ProcessType {
            id: sample.process_type_id.clone(),
            display_name: sample.display_name.clone(),
            description: sample.description.clone(),
            is_active: true,
            default_version: sample.default_version,
        };
        tx.put_process_type(&new).await?;
    }
    let clients = tx.clients().await?;
    for tenant in &tenants.client {
        if !clients.iter().any(|client| client.id == tenant.client_id) {
            let new = NewClient {
                id: tenant.client_id,
                slug: &tenant.slug,
                name: &tenant.name,
            };
            tx.insert_client(&new).await?;
        }
    }
    tx.commit().await?;
    for tenant in &tenants.client {
        users(store, tenant).await?;
        configurations(services, tenant)
            .await
            .with_context(|| format!("the sample tenant {}", tenant.slug))?;
    }
    let names: Vec<_> = tenants.client.iter().map(|tenant| tenant.slug.as_str()).collect();
    output.note(&format!("tenants: {}", names.join(", ")));
    Ok(tenants.client.len())
}

/// A person of a client whose work is done here.
pub(super) fn actor(client: ClientId, role: Role) -> Actor {
    Actor {
        client: Some(client),
        role,
        subject: "up".to_owned(),
    }
}

async fn plugins(services: &Services, output: &Output) -> anyhow::Result<()> {
    let mut names = Vec::new();
    for plugin in builtin::plugins() {
        match services
            .register_plugin(&wire::platform(), Bytes::from_static(plugin.bytes))
            .await
        {
            Ok(release) => names.push(format!("{} {}", release.name, release.version)),
            // Somebody rebuilt a plugin without a new version: what is registered stays, as for everybody.
            Err(error @ RegisterError::VersionExists { .. }) => {
                output.note(&format!("plugins: {error}; what is registered is used"));
            }
            Err(error) => {
                return Err(anyhow::Error::new(error).context(format!("can't register {}", plugin.name)));
            }
        }
    }
    output.note(&format!("plugins: {}", names.join(", ")));
    Ok(())
}

async fn users(store: &Store, tenant: &Tenant) -> anyhow::Result<()> {
    let mut tx = store.begin(tenant.client_id).await?;
    let there = tx.users().await?;
    for sample in &tenant.user {
        if !there.iter().any(|user| user.id == sample.user_id) {
            let new = User {
                id: sample.user_id,
                email: sample.email.clone(),
                role: sample.role,
            };
            tx.insert_user(&new).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn configurations(services: &Services, tenant: &Tenant) -> anyhow::Result<()> {
    let admin = actor(tenant.client_id, Role::Admin);
    for sample in &tenant.configuration {
        let (mut there, mut after) = (Vec::new(), None);
        loop {
            let page = services
                .configurations(&admin, &sample.process_type_id, 200, after.as_deref())
                .await?;
            there.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let version = match there.iter().map(|there| there.version).max() {
            None => {
                let draft: Value = serde_json::from_slice(samples::bytes(&sample.file)?)?;
                let saved = services
                    .put_configuration(&admin, &sample.process_type_id, &draft, Some(0))
                    .await;
                saved
                    .map_err(explained)
                    .with_context(|| sample.file.clone())?
                    .version
            }
            Some(newest) => newest,
        };
        // A run that was killed may have saved it and no more.
        if !there.iter().any(|there| there.active) {
            services
                .activate_configuration(&admin, &sample.process_type_id, version)
                .await?;
        }
    }
    Ok(())
}

/// The places too, which the error's own text leaves to whoever shows it.
fn explained(error: assay_service::PutError) -> anyhow::Error {
    let places = match &error {
        assay_service::PutError::Invalid(places) => {
            let listed: Vec<_> = places
                .iter()
                .map(|place| format!("{}: {}", place.pointer, place.message))
                .collect();
            listed.join("; ")
        }
        _ => return error.into(),
    };
    anyhow::Error::new(error).context(places)
}
