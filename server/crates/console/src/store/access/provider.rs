//! Sign-ins at the provider of OpenID Connect that are under way, and the accounts of people who come from there.

use console_wire::access::Person;
use hub_wire::Timestamp;
use sqlx::{Sqlite, Transaction};

use super::users::{self, NewUser};
use crate::store::{Result, Store, sql};

/// Most sign-ins that are kept. Everybody can begin one, so the oldest go.
const MOST: i64 = 10_000;
/// Attempts to find a user name that is free.
const NAME_ATTEMPTS: u32 = 100;

/// A sign-in that begins.
#[derive(Debug)]
pub(crate) struct ProviderSignIn<'a> {
    pub(crate) state_hash: &'a [u8],
    pub(crate) browser_hash: &'a [u8],
    pub(crate) nonce: &'a str,
    pub(crate) verifier: &'a str,
    pub(crate) next: &'a str,
    pub(crate) ends: Timestamp,
}

/// A person who has signed in there.
#[derive(Debug)]
pub(crate) struct FromProvider<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
    /// The account, if the person has none yet; otherwise name and role are taken from it.
    pub(crate) person: &'a Person,
}

impl Store {
    /// Notes a sign-in that begins, and forgets those whose time is over.
    pub(crate) async fn insert_provider_sign_in(
        &self,
        sign_in: ProviderSignIn<'_>,
        now: Timestamp,
    ) -> Result<()> {
        let attempt = "note a sign-in at the provider";
        let mut transaction = self.begin(attempt).await?;
        sqlx::query("DELETE FROM provider_sign_ins WHERE ends <= $1")
            .bind(now.ticks())
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        sqlx::query(
            "DELETE FROM provider_sign_ins WHERE state_hash IN (SELECT state_hash FROM provider_sign_ins \
             ORDER BY ends DESC LIMIT -1 OFFSET $1)",
        )
        .bind(MOST - 1)
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        sqlx::query(
            "INSERT INTO provider_sign_ins (state_hash, browser_hash, nonce, verifier, next_page, ends) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(sign_in.state_hash)
        .bind(sign_in.browser_hash)
        .bind(sign_in.nonce)
        .bind(sign_in.verifier)
        .bind(sign_in.next)
        .bind(sign_in.ends.ticks())
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))
    }

    /// Takes a sign-in: nonce, verifier and next page. `None` when there is none such, it was taken, its time is over, or
    /// another browser began it.
    pub(crate) async fn take_provider_sign_in(
        &self,
        state_hash: &[u8],
        browser_hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<(String, String, String)>> {
        sqlx::query_as(
            "DELETE FROM provider_sign_ins WHERE state_hash = $1 AND browser_hash = $2 AND ends > $3 \
             RETURNING nonce, verifier, next_page",
        )
        .bind(state_hash)
        .bind(browser_hash)
        .bind(now.ticks())
        .fetch_optional(&self.writer)
        .await
        .map_err(sql("take a sign-in at the provider"))
    }

    /// Whether an account belongs to a person of a provider.
    pub(crate) async fn is_from_provider(&self, user_id: &str) -> Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users WHERE user_id = $1 AND issuer IS NOT NULL)")
            .bind(user_id)
            .fetch_one(&self.readers)
            .await
            .map_err(sql("read an account"))
    }

    /// The account of a person of the provider, made at the first time and brought up to date later, and whether the role has
    /// changed; then the person's sessions have ended. `None` for an account that is not active.
    pub(crate) async fn account_from_provider(
        &self,
        from: FromProvider<'_>,
        now: Timestamp,
    ) -> Result<Option<(Person, bool)>> {
        let attempt = "update an account from the provider";
        let FromProvider { issuer, subject, person } = from;
        let mut transaction = self.begin(attempt).await?;
        let known: Option<(String, String, bool)> =
            sqlx::query_as("SELECT user_id, role, is_active FROM users WHERE issuer = $1 AND subject = $2")
                .bind(issuer)
                .bind(subject)
                .fetch_optional(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
        let (user_id, has_changed) = match known {
            Some((_, _, false)) => return Ok(None),
            Some((user_id, role, true)) => (user_id, role != person.role.as_str()),
            None => (add(&mut transaction, person, now).await?, false),
        };
        sqlx::query("UPDATE users SET issuer = $2, subject = $3, name = $4, role = $5 WHERE user_id = $1")
            .bind(&user_id)
            .bind(issuer)
            .bind(subject)
            .bind(&person.name)
            .bind(person.role.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        if has_changed {
            users::end_all(&mut transaction, &user_id, attempt).await?;
        }
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(self.person(&user_id).await?.map(|person| (person, has_changed)))
    }
}

/// Adds an account; its user name gets a number where it is taken. Returns its id.
async fn add(
    transaction: &mut Transaction<'static, Sqlite>,
    person: &Person,
    now: Timestamp,
) -> Result<String> {
    for attempt in 1..=NAME_ATTEMPTS {
        let user_name = match attempt {
            1 => person.user_name.clone(),
            _ => format!("{}-{attempt}", person.user_name),
        };
        let person = Person { user_name, ..person.clone() };
        if users::insert(transaction, NewUser { person: &person, password_hash: None, now }).await? {
            return Ok(person.user_id);
        }
    }
    // So many people of one name: the id is unique.
    let person = Person { user_name: person.user_id.clone(), ..person.clone() };
    users::insert(transaction, NewUser { person: &person, password_hash: None, now }).await?;
    Ok(person.user_id)
}
