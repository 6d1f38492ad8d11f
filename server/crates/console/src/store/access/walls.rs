//! Screens that show the wall, and the codes of those that ask.

use std::time::Duration;

use console_wire::access::{AskingWall, PersonRef, UserCode, WallCode, WallInfo, WallScreen};
use hub_wire::Timestamp;

use crate::{
    StoreError,
    clock::earlier,
    store::{
        Result, Store,
        columns::{self, count, stored},
        sql,
    },
};

/// Codes of one address are counted over so long.
const RECENT: Duration = Duration::from_mins(1);

/// A screen that asks.
#[derive(Debug)]
pub(crate) struct NewWallCode<'a> {
    pub(crate) code_hash: &'a [u8],
    pub(crate) user_code: &'a UserCode,
    pub(crate) address: Option<&'a str>,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) now: Timestamp,
    pub(crate) ends: Timestamp,
    /// Most screens that ask at a time.
    pub(crate) max: u64,
    /// Most that began to ask from one address within a minute.
    pub(crate) max_of_address: u64,
}

/// A screen that is allowed.
#[derive(Debug)]
pub(crate) struct NewWall<'a> {
    pub(crate) user_code: &'a UserCode,
    pub(crate) name: &'a str,
    pub(crate) by: &'a PersonRef,
    pub(crate) now: Timestamp,
    /// Most screens.
    pub(crate) max: u64,
}

/// What became of allowing a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// It has this number.
    Wall(u64),
    /// No screen shows the code, or it was allowed before.
    NoSuchCode,
    /// Another screen has the name.
    NameTaken,
    /// There are too many screens.
    TooMany,
}

impl Store {
    /// Adds a screen that asks. False when there are too many.
    pub(crate) async fn insert_wall_code(&self, code: NewWallCode<'_>) -> Result<bool> {
        let attempt = "begin to ask for a wall";
        let mut transaction = self.begin(attempt).await?;
        sqlx::query("DELETE FROM wall_codes WHERE ends <= $1")
            .bind(code.now.ticks())
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        let (all, of_address): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM wall_codes), \
             (SELECT count(*) FROM wall_codes WHERE address IS $1 AND created_time > $2)",
        )
        .bind(code.address)
        .bind(earlier(code.now, RECENT).ticks())
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        if count(all) >= code.max || count(of_address) >= code.max_of_address {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO wall_codes (code_hash, user_code, address, user_agent, created_time, ends) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(code.code_hash)
        .bind(code.user_code.as_str())
        .bind(code.address)
        .bind(code.user_agent)
        .bind(code.now.ticks())
        .bind(code.ends.ticks())
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(true)
    }

    /// The code of a screen, by what its browser holds.
    pub(crate) async fn wall_code(&self, code_hash: &[u8], now: Timestamp) -> Result<Option<WallCode>> {
        let row: Option<(String, i64, Option<i64>)> = sqlx::query_as(
            "SELECT user_code, ends, wall_id FROM wall_codes WHERE code_hash = $1 AND ends > $2",
        )
        .bind(code_hash)
        .bind(now.ticks())
        .fetch_optional(&self.readers)
        .await
        .map_err(sql("read the code of a wall"))?;
        row.map(|(code, ends, wall_id)| {
            Ok(WallCode {
                user_code: user_code(&code)?,
                ends: Timestamp::from_ticks(ends),
                is_allowed: wall_id.is_some(),
            })
        })
        .transpose()
    }

    /// The screen that shows a code and was not allowed yet.
    pub(crate) async fn asking_wall(&self, code: &UserCode, now: Timestamp) -> Result<Option<AskingWall>> {
        let row: Option<(Option<String>, Option<String>, i64)> = sqlx::query_as(
            "SELECT address, user_agent, ends FROM wall_codes WHERE user_code = $1 AND ends > $2 AND wall_id IS NULL",
        )
        .bind(code.as_str())
        .bind(now.ticks())
        .fetch_optional(&self.readers)
        .await
        .map_err(sql("read the code of a wall"))?;
        Ok(row.map(|(address, user_agent, ends)| AskingWall {
            user_code: code.clone(),
            address,
            user_agent,
            ends: Timestamp::from_ticks(ends),
        }))
    }

    /// Allows the screen that shows a code.
    pub(crate) async fn allow_wall(&self, wall: NewWall<'_>) -> Result<Allowed> {
        let attempt = "allow a wall";
        let mut transaction = self.begin(attempt).await?;
        let row: Option<(Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT address, user_agent FROM wall_codes WHERE user_code = $1 AND ends > $2 AND wall_id IS NULL",
        )
        .bind(wall.user_code.as_str())
        .bind(wall.now.ticks())
        .fetch_optional(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        let Some((address, user_agent)) = row else { return Ok(Allowed::NoSuchCode) };
        let (all, same): (i64, i64) =
            sqlx::query_as("SELECT count(*), coalesce(sum(name = $1), 0) FROM walls")
                .bind(wall.name)
                .fetch_one(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
        if same > 0 {
            return Ok(Allowed::NameTaken);
        }
        if count(all) >= wall.max {
            return Ok(Allowed::TooMany);
        }
        let wall_id: i64 = sqlx::query_scalar(
            "INSERT INTO walls (name, created_by, created_time, address, user_agent) VALUES ($1, $2, $3, $4, $5) \
             RETURNING wall_id",
        )
        .bind(wall.name)
        .bind(columns::json(wall.by))
        .bind(wall.now.ticks())
        .bind(address)
        .bind(user_agent)
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        sqlx::query("UPDATE wall_codes SET wall_id = $2 WHERE user_code = $1")
            .bind(wall.user_code.as_str())
            .bind(wall_id)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Allowed::Wall(count(wall_id)))
    }

    /// Gives a screen that was allowed its token, once. `None` when it was not allowed, or has connected before.
    pub(crate) async fn connect_wall(
        &self,
        code_hash: &[u8],
        token_hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<WallScreen>> {
        let attempt = "connect a wall";
        let mut transaction = self.begin(attempt).await?;
        let row: Option<(i64, String)> = sqlx::query_as(
            "UPDATE walls SET token_hash = $2, last_used = $3 WHERE token_hash IS NULL AND wall_id = \
             (SELECT wall_id FROM wall_codes WHERE code_hash = $1 AND ends > $3) RETURNING wall_id, name",
        )
        .bind(code_hash)
        .bind(token_hash)
        .bind(now.ticks())
        .fetch_optional(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        sqlx::query("DELETE FROM wall_codes WHERE code_hash = $1 AND wall_id IS NOT NULL")
            .bind(code_hash)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(row.map(screen))
    }

    /// The screen with this token, and when it last asked.
    pub(crate) async fn wall(&self, token_hash: &[u8]) -> Result<Option<(WallScreen, Option<Timestamp>)>> {
        let row: Option<(i64, String, Option<i64>)> =
            sqlx::query_as("SELECT wall_id, name, last_used FROM walls WHERE token_hash = $1")
                .bind(token_hash)
                .fetch_optional(&self.readers)
                .await
                .map_err(sql("read a wall"))?;
        Ok(row.map(|(wall_id, name, used)| (screen((wall_id, name)), used.map(Timestamp::from_ticks))))
    }

    /// Whether a screen was not revoked.
    pub(crate) async fn has_wall(&self, wall_id: u64) -> Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM walls WHERE wall_id = $1)")
            .bind(stored(wall_id))
            .fetch_one(&self.readers)
            .await
            .map_err(sql("read a wall"))
    }

    /// Notes that a screen has asked.
    pub(crate) async fn touch_wall(&self, wall_id: u64, now: Timestamp) -> Result<()> {
        sqlx::query("UPDATE walls SET last_used = $2 WHERE wall_id = $1")
            .bind(stored(wall_id))
            .bind(now.ticks())
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(sql("note the use of a wall"))
    }

    /// Every screen, by name.
    pub(crate) async fn walls(&self) -> Result<Vec<WallInfo>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT wall_id, name, created_by, created_time, last_used, address, user_agent FROM walls ORDER BY name",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(sql("list walls"))?;
        rows.into_iter().map(Row::wall).collect()
    }

    /// Deletes a screen; its name, or `None` when there is none.
    pub(crate) async fn delete_wall(&self, wall_id: u64) -> Result<Option<String>> {
        let attempt = "revoke a wall";
        let mut transaction = self.begin(attempt).await?;
        sqlx::query("DELETE FROM wall_codes WHERE wall_id = $1")
            .bind(stored(wall_id))
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        let name: Option<String> = sqlx::query_scalar("DELETE FROM walls WHERE wall_id = $1 RETURNING name")
            .bind(stored(wall_id))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(name)
    }
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    wall_id: i64,
    name: String,
    created_by: String,
    created_time: i64,
    last_used: Option<i64>,
    address: Option<String>,
    user_agent: Option<String>,
}

impl Row {
    fn wall(self) -> Result<WallInfo> {
        Ok(WallInfo {
            screen: screen((self.wall_id, self.name)),
            created_by: columns::from_json(&self.created_by, "created_by")?,
            created_time: Timestamp::from_ticks(self.created_time),
            last_used: self.last_used.map(Timestamp::from_ticks),
            address: self.address,
            user_agent: self.user_agent,
        })
    }
}

fn screen((wall_id, name): (i64, String)) -> WallScreen {
    WallScreen { wall_id: count(wall_id), name }
}

fn user_code(text: &str) -> Result<UserCode> {
    UserCode::parse(text).map_err(|_| StoreError::Damaged { column: "user_code" })
}
