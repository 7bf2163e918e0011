//! What the client can do, and what the user wants.

use serde::Deserialize;
use serde_json::Value;
use tower_lsp::ls_types::ClientCapabilities;
use vitrine_bytecode::target::Target;
use vitrine_db::Language;
use vitrine_syntax::target_version;

use crate::kernel::client::KernelCommand;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) user: UserSettings,
    /// The client does not ask for diagnostics, so they are sent.
    pub(crate) push_diagnostics: bool,
    pub(crate) refreshes: Refreshes,
    /// Results go out as `vitrine/results`, not as inlay hints.
    pub(crate) notify_results: bool,
    /// Output goes out as `vitrine/output`, not to the log.
    pub(crate) notify_output: bool,
    /// Another kernel than this program's own: program and arguments.
    kernel: Option<Vec<String>>,
}

/// What the client can be asked to ask for again.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Refreshes {
    pub(crate) inlay_hints: bool,
    pub(crate) code_lenses: bool,
    pub(crate) diagnostics: bool,
}

/// The section `vitrine` of the editor's settings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct UserSettings {
    #[serde(deserialize_with = "or_default")]
    pub(crate) pitfalls: Pitfalls,
    #[serde(deserialize_with = "or_default")]
    pub(crate) evaluate: Evaluate,
    #[serde(deserialize_with = "or_default")]
    pub(crate) hover: Hover,
    #[serde(deserialize_with = "or_default")]
    pub(crate) lenses: On,
    #[serde(deserialize_with = "or_default")]
    pub(crate) completion: On,
    /// The version of CPython whose bytecode is shown.
    #[serde(deserialize_with = "or_default")]
    pub(crate) target: BytecodeTarget,
    /// The oldest version that code has to run on.
    #[serde(deserialize_with = "or_default")]
    pub(crate) target_version: Option<TargetVersion>,
}

impl UserSettings {
    /// What documents are written in: what they have to run on, else what is wanted to see.
    pub(crate) fn language(&self) -> Language {
        match self.target_version {
            Some(TargetVersion(minor)) => Language::of_minor(minor),
            None => Language {
                grammar: self.target.0.grammar(),
                oldest: None,
            },
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Pitfalls {
    #[serde(deserialize_with = "or_default")]
    pub(crate) severity: PitfallSeverity,
}

/// How pitfalls that no run has confirmed are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PitfallSeverity {
    #[default]
    Warning,
    Information,
    Hint,
    Off,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Evaluate {
    /// Seconds; 0 for no limit.
    #[serde(deserialize_with = "or_default")]
    pub(crate) timeout: f64,
    /// MiB.
    #[serde(deserialize_with = "or_default")]
    pub(crate) memory: u64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) allow_read: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) allow_write: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) allow_env: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Hover {
    #[serde(deserialize_with = "or_default")]
    pub(crate) bytecode: On,
}

/// A version of CPython that is compiled for, by its name: `"3.15"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct BytecodeTarget(pub(crate) Target);

impl TryFrom<String> for BytecodeTarget {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let target = Target::from_name(&name).ok_or("no version that is compiled for")?;
        Ok(Self(target))
    }
}

/// The minor version of a Python, by its name: `"3.8"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct TargetVersion(pub(crate) u8);

impl TryFrom<String> for TargetVersion {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let minor = target_version::minor_of(&name).ok_or("no version whose syntax is known")?;
        Ok(Self(minor))
    }
}

/// A switch that is on unless it is turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct On(pub(crate) bool);

impl Default for On {
    fn default() -> Self {
        Self(true)
    }
}

/// A setting of a wrong type or value counts as not set.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::de::DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

impl Settings {
    /// From `initialize`.
    pub(crate) fn new(capabilities: &ClientCapabilities, options: Option<&Value>) -> Self {
        let workspace = capabilities.workspace.as_ref();
        let text_document = capabilities.text_document.as_ref();
        let option = |name: &str| options.and_then(|options| options.get(name));
        let is = |name: &str, value: &str| option(name).and_then(Value::as_str) == Some(value);
        let pulls = text_document.is_some_and(|text_document| text_document.diagnostic.is_some());
        let settings = Self {
            user: UserSettings::default(),
            push_diagnostics: !pulls || is("diagnostics", "push"),
            refreshes: Refreshes {
                inlay_hints: workspace
                    .and_then(|workspace| workspace.inlay_hint.as_ref())
                    .and_then(|inlay_hint| inlay_hint.refresh_support)
                    .unwrap_or(false),
                code_lenses: workspace
                    .and_then(|workspace| workspace.code_lens.as_ref())
                    .and_then(|code_lens| code_lens.refresh_support)
                    .unwrap_or(false),
                diagnostics: workspace
                    .and_then(|workspace| workspace.diagnostics.as_ref())
                    .and_then(|diagnostics| diagnostics.refresh_support)
                    .unwrap_or(false),
            },
            notify_results: is("results", "notification"),
            notify_output: is("output", "notification"),
            kernel: option("kernel")
                .and_then(|command| serde_json::from_value(command.clone()).ok()),
        };
        match option("settings") {
            Some(user) => settings.with_user(user),
            None => settings,
        }
    }

    /// How to start a kernel: this program, with what the user granted.
    pub(crate) fn kernel_command(&self) -> KernelCommand {
        if let Some([program, args @ ..]) = self.kernel.as_deref() {
            return KernelCommand {
                program: program.into(),
                args: args.to_vec(),
            };
        }
        let evaluate = &self.user.evaluate;
        let mut args = vec!["kernel".to_owned()];
        if evaluate.memory > 0 {
            args.extend(["--memory".to_owned(), evaluate.memory.to_string()]);
        }
        args.extend(
            evaluate
                .allow_read
                .iter()
                .map(|path| format!("--allow-read={path}")),
        );
        args.extend(
            evaluate
                .allow_write
                .iter()
                .map(|path| format!("--allow-write={path}")),
        );
        args.extend(evaluate.allow_env.then(|| "--allow-env".to_owned()));
        // A program that cannot be found shows when the kernel does not start.
        KernelCommand {
            program: std::env::current_exe().unwrap_or_else(|_| "vitrine".into()),
            args,
        }
    }

    /// How to start a kernel that runs again what ran: whatever was granted,
    /// nothing is written a second time.
    pub(crate) fn evidence_command(&self) -> KernelCommand {
        let mut command = self.kernel_command();
        command
            .args
            .retain(|arg| !arg.starts_with("--allow-write") && arg != "--allow-all" && arg != "-A");
        command
    }

    /// With the user's settings: the section `vitrine`, or an object that has it.
    pub(crate) fn with_user(&self, value: &Value) -> Self {
        let section = value.get("vitrine").unwrap_or(value);
        let user = UserSettings::deserialize(section).unwrap_or_default();
        Self {
            user,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use vitrine_syntax::version::Version;

    #[test]
    fn what_is_wrong_counts_as_not_set() {
        let settings = Settings::default().with_user(&json!({ "vitrine": {
            "pitfalls": { "severity": "deafening" },
            "evaluate": { "timeout": "soon", "allowRead": ["data"] },
            "lenses": false,
            "target": "3.9",
            "targetVersion": "2.7",
        }}));
        assert_eq!(settings.user.pitfalls.severity, PitfallSeverity::Warning);
        assert_eq!(settings.user.evaluate.allow_read, ["data"]);
        assert_eq!(settings.user.lenses, On(false));
        assert_eq!(settings.user.target.0, Target::V3_14);
        assert_eq!(settings.user.language(), Language::default());
        let settings = Settings::default().with_user(&json!({ "target": "3.15" }));
        assert_eq!(settings.user.target.0, Target::V3_15);
        assert_eq!(settings.user.language().grammar, Version::V3_15);
        assert_eq!(settings.user.hover.bytecode, On(true));
        assert_eq!(
            Settings::default().with_user(&json!(3)).user.lenses,
            On(true)
        );
    }
}
