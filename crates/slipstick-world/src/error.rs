//! What can go wrong between an argument and the bytes of a model.

use slipstick_api::ApiError;

/// What went wrong, coarse enough to decide what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceErrorKind {
    /// There is no such path.
    NotFound,
    /// The path holds nothing that describes a model, or several models.
    NotAModel,
    /// The path cannot be read: permissions, cyclic links, no regular file.
    Unreadable,
    /// The argument is no path, URL or id, or an id with impossible parts.
    BadArgument,
    /// A file is there and its content was refused.
    Damaged,
    /// The server wants a login, or a licence accepted.
    Unauthorised,
    /// The server has no such repository, revision or file.
    Missing,
    /// The server asks to wait.
    RateLimited,
    /// The server failed or could not be reached.
    Unreachable,
    /// The server took too long.
    Timeout,
    /// The server sent less than it promised.
    Truncated,
    /// The server answered against the rules of HTTP.
    Protocol,
    /// The server sent something else than a file.
    WrongContent,
    /// Redirects went round in circles, or somewhere they must not.
    Redirect,
    /// It is not in the cache and the network is not to be used.
    Offline,
    /// The file is larger than any real one of its kind.
    TooLarge,
}

impl SourceErrorKind {
    /// The stable code in reports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "source.not_found",
            Self::NotAModel => "source.not_a_model",
            Self::Unreadable => "source.unreadable",
            Self::BadArgument => "source.bad_argument",
            Self::Damaged => "source.damaged",
            Self::Unauthorised => "source.unauthorised",
            Self::Missing => "source.missing",
            Self::RateLimited => "source.rate_limited",
            Self::Unreachable => "source.unreachable",
            Self::Timeout => "source.timeout",
            Self::Truncated => "source.truncated",
            Self::Protocol => "source.protocol",
            Self::WrongContent => "source.wrong_content",
            Self::Redirect => "source.redirect",
            Self::Offline => "source.offline",
            Self::TooLarge => "source.too_large",
        }
    }

    /// Whether the network is to blame, so that the same request may work another time: exit code 3. What a server sends
    /// against its word (cut short, against HTTP, in circles) is bad input like a damaged file: exit code 2.
    pub const fn is_network(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unreachable | Self::Timeout | Self::Offline)
    }

    /// Whether the same request may succeed a moment later.
    pub(crate) const fn is_transient(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unreachable | Self::Timeout | Self::Truncated)
    }
}

/// What went wrong, in words, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// What went wrong.
    pub kind: SourceErrorKind,
    /// What went wrong and where.
    pub message: String,
    /// What to type next; empty where nothing would help.
    pub help: String,
}

impl SourceError {
    pub(crate) fn new(kind: SourceErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: String::new() }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The stable code in reports.
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// What went wrong with a model's files, as a refusal of the model argument.
impl From<SourceError> for ApiError {
    fn from(error: SourceError) -> Self {
        let code = error.code();
        let refusal = if error.kind.is_network() {
            Self::catalogue(code, error.message)
        } else {
            Self::input(code, error.message)
        };
        let help = error.help.trim();
        refusal.at("MODEL").help(if help.is_empty() {
            "give a config.json, a folder that holds one, a .safetensors or .gguf file"
        } else {
            help
        })
    }
}
