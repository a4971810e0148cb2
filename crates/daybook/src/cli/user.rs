//! `daybook user`: accounts from the command line, for the first admin and for scripts.

mod erase;
mod export;

use anyhow::{Context, Result};
use chrono::Utc;
use clap::{Args, Subcommand};
use daybook_accounts::fields::{Email, Password, PersonName, Username};
use daybook_accounts::{Accounts, NewUser, Role, User, UserId};
use daybook_domain::zone::Zone;
use uuid::Uuid;

use crate::configuration::DatabaseArgs;

#[derive(Clone, Debug, Args)]
pub struct UserArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Makes an account. Its calendar opens at the first log-in.
    Create {
        /// Where they are written to.
        #[arg(long)]
        email: String,
        /// What they are called.
        #[arg(long)]
        name: String,
        /// Their part of booking URLs; made of the name if not given.
        #[arg(long)]
        username: Option<String>,
        /// How they log in.
        #[arg(long, env = "DAYBOOK_USER_PASSWORD", hide_env_values = true)]
        password: String,
        /// Where their clock is.
        #[arg(long, default_value = "UTC")]
        time_zone: Zone,
        /// `user` or `admin`.
        #[arg(long, default_value = "user")]
        role: Role,
    },
    /// Changes what an account may do.
    SetRole {
        /// The account's id or e-mail address.
        account: String,
        /// `user` or `admin`.
        role: Role,
    },
    /// Erases a person for good: a host with their account, or a guest with all that is known of them.
    Erase(erase::EraseArgs),
    /// Prints everything that is held about a guest, as JSON.
    Export(export::ExportArgs),
}

impl UserArgs {
    #[expect(clippy::print_stdout, reason = "the command's answer")]
    pub async fn run(self) -> Result<()> {
        let pool = self.database.connect().await?;
        let accounts = Accounts::new(pool.clone());
        #[expect(clippy::disallowed_methods, reason = "the edge of the program: here the time comes in")]
        let now = Utc::now();
        let user = match self.action {
            Action::Create { email, name, username, password, time_zone, role } => {
                let user = NewUser {
                    id: UserId(Uuid::now_v7()),
                    email: Email::parse(&email).context("--email")?,
                    name: PersonName::parse(&name).context("--name")?,
                    username: username.as_deref().map(Username::parse).transpose().context("--username")?,
                    password: Password::parse(&password).context("--password")?,
                    role,
                    opening_time_zone: time_zone.to_string(),
                };
                accounts.register(&user, now).await?
            }
            Action::SetRole { account, role } => {
                let id = find(&accounts, &account).await?.id;
                accounts.set_role(id, role, now).await?
            }
            Action::Erase(args) => return args.run(&pool, &accounts).await,
            Action::Export(args) => return args.run(&pool).await,
        };
        println!("{}  {}  {}  {}", user.id, user.role, user.username.as_str(), user.email.as_str());
        Ok(())
    }
}

async fn find(accounts: &Accounts, account: &str) -> Result<User> {
    let found = match account.parse::<Uuid>() {
        Ok(id) => accounts.by_id(UserId(id)).await?,
        Err(_) => {
            accounts.by_email(&Email::parse(account).context("the account must be an id or an e-mail address")?).await?
        }
    };
    found.with_context(|| format!("there is no account {account}"))
}
