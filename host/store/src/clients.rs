//! Clients: the tenants. A client's transaction sees its own row; the platform sees all and is who writes them.

use assay_domain::ClientId;

use crate::{StoreError, Tx};

/// `clients.status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientStatus {
    /// May work.
    Active,
    /// May not for now.
    Suspended,
    /// Gone.
    Inactive,
}

impl ClientStatus {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Inactive => "inactive",
        }
    }
}

impl std::str::FromStr for ClientStatus {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Active, Self::Suspended, Self::Inactive]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| {
                format!(
                    "unknown status `{}`: use active, suspended or inactive",
                    text.escape_default()
                )
            })
    }
}

/// `clients.subscription_tier`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// The default.
    #[default]
    Basic,
    /// Twice its share.
    Professional,
    /// Four times its share.
    Enterprise,
}

impl Tier {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Professional => "professional",
            Self::Enterprise => "enterprise",
        }
    }

    /// How much it gets of what is shared, beside others.
    pub const fn weight(self) -> u32 {
        match self {
            Self::Basic => 1,
            Self::Professional => 2,
            Self::Enterprise => 4,
        }
    }
}

impl std::str::FromStr for Tier {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Basic, Self::Professional, Self::Enterprise]
            .into_iter()
            .find(|tier| tier.as_str() == text)
            .ok_or_else(|| {
                format!(
                    "unknown tier `{}`: use basic, professional or enterprise",
                    text.escape_default()
                )
            })
    }
}

/// A client that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewClient<'a> {
    /// Its id.
    pub id: ClientId,
    /// For URLs and the command line: lower-case letters, digits and `-`; unique.
    pub slug: &'a str,
    /// For people.
    pub name: &'a str,
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// For URLs and the command line.
    pub slug: String,
    /// For people.
    pub name: String,
    /// Whether it may work.
    pub status: ClientStatus,
    /// What it pays for.
    pub tier: Tier,
}

struct Row {
    client_id: uuid::Uuid,
    slug: String,
    name: String,
    status: String,
    subscription_tier: String,
}

impl Row {
    fn read(self) -> Result<Client, StoreError> {
        Ok(Client {
            status: self.status.parse().map_err(StoreError::inconsistent(
                "clients",
                "status",
                self.client_id,
            ))?,
            tier: self.subscription_tier.parse().map_err(StoreError::inconsistent(
                "clients",
                "subscription_tier",
                self.client_id,
            ))?,
            id: ClientId(self.client_id),
            slug: self.slug,
            name: self.name,
        })
    }
}

impl Tx {
    /// The transaction's client; none when there is no such client (or it is a transaction of the platform).
    pub async fn client(&mut self) -> Result<Option<Client>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT client_id, slug, name, status, subscription_tier FROM clients WHERE client_id = $1",
            self.client
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Row::read).transpose()
    }

    /// Platform: the client with that slug.
    pub async fn client_by_slug(&mut self, slug: &str) -> Result<Option<Client>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT client_id, slug, name, status, subscription_tier FROM clients WHERE slug = $1",
            slug
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Row::read).transpose()
    }

    /// Platform: all clients, by slug.
    pub async fn clients(&mut self) -> Result<Vec<Client>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT client_id, slug, name, status, subscription_tier FROM clients ORDER BY slug"
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Platform: a new client. `Conflict` of `clients_slug_key` or `clients_pkey` when it is there already.
    pub async fn insert_client(&mut self, new: &NewClient<'_>) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO clients (client_id, slug, name) VALUES ($1, $2, $3)",
            new.id.0,
            new.slug,
            new.name
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Platform: changes a client's status. False when there is no such client.
    pub async fn set_client_status(
        &mut self,
        id: ClientId,
        status: ClientStatus,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE clients SET status = $2 WHERE client_id = $1",
            id.0,
            status.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }
}
