use super::*;

/// A temporary folder, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("platform-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("inner").join("secrets.json")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const TWILIO: &str = r#"{"auth_token":"t"}"#;

#[tokio::test]
async fn a_created_file_can_be_read_and_is_kept_at_the_next_start() {
    let folder = Folder::new("round-trip");
    let values = [(SecretName::Twilio, TWILIO), (SecretName::PublicUrl, "http://127.0.0.1:8000")];
    let secrets = SecretsFile::create_if_absent(&folder.file(), &values).unwrap();
    let signing = secrets.get(SecretName::Signing, false).await.unwrap().0;
    let cursors = secrets.get(SecretName::Cursors, false).await.unwrap().0;
    assert_eq!((signing.len(), cursors.len()), (43, 43));
    assert_ne!(signing, cursors);
    assert_eq!(secrets.get(SecretName::Twilio, false).await.unwrap().0, TWILIO);
    assert_eq!(secrets.get(SecretName::PublicUrl, false).await.unwrap().0, "http://127.0.0.1:8000");

    // A second start keeps what there is.
    let again = SecretsFile::create_if_absent(&folder.file(), &[(SecretName::Signing, "other")]).unwrap();
    assert_eq!(again.get(SecretName::Signing, false).await.unwrap().0, signing);
    let names: Vec<_> = fs::read_dir(folder.file().parent().unwrap()).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing unfinished is left behind");
}

#[tokio::test]
async fn a_file_of_an_older_version_gets_its_missing_secrets() {
    let folder = Folder::new("older");
    fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    fs::write(folder.file(), r#"{"signing": "s", "cursors": "c"}"#).unwrap();
    let secrets = SecretsFile::create_if_absent(&folder.file(), &[]).unwrap();
    assert_eq!(secrets.get(SecretName::Signing, false).await.unwrap().0, "s");
    let made = secrets.get(SecretName::Seals, false).await.unwrap().0;
    assert_eq!(made.len(), 43);
    let again = SecretsFile::create_if_absent(&folder.file(), &[]).unwrap();
    assert_eq!(again.get(SecretName::Seals, false).await.unwrap().0, made);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("mode");
    SecretsFile::create_if_absent(&folder.file(), &[]).unwrap();
    assert_eq!(fs::metadata(folder.file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_fresh_read_reads_the_file_again() {
    let folder = Folder::new("fresh");
    let secrets = SecretsFile::create_if_absent(&folder.file(), &[(SecretName::Cursors, "one")]).unwrap();
    assert_eq!(secrets.get(SecretName::Cursors, false).await.unwrap().0, "one");
    fs::write(folder.file(), r#"{"cursors": "two", "twilio": "text", "signing": 5}"#).unwrap();
    assert_eq!(secrets.get(SecretName::Cursors, false).await.unwrap().0, "one");
    assert_eq!(secrets.get(SecretName::Cursors, true).await.unwrap().0, "two");
    assert_eq!(secrets.get(SecretName::Twilio, false).await.unwrap().0, "text");
    assert!(secrets.get(SecretName::Signing, false).await.is_err());
    assert!(secrets.get(SecretName::PublicUrl, false).await.is_err());
}

#[tokio::test]
async fn a_rotation_puts_a_new_key_in_front_and_keeps_the_previous_one() {
    let folder = Folder::new("rotate");
    let path = folder.file();
    let secrets = SecretsFile::create_if_absent(&path, &[(SecretName::Twilio, TWILIO)]).unwrap();
    let read = async |name, fresh| secrets.get(name, fresh).await.unwrap().0;
    let (first, cursors) = (read(SecretName::Signing, true).await, read(SecretName::Cursors, true).await);
    SecretsFile::rotate(&path, SecretName::Signing).unwrap();
    assert_eq!(read(SecretName::Signing, false).await, first, "without a fresh read the cached secret is used");
    let second = read(SecretName::Signing, true).await;
    let keys: Vec<&str> = second.split(' ').collect();
    assert_eq!((keys.len(), keys[1], keys[0].len()), (2, first.as_str(), 43));
    SecretsFile::rotate(&path, SecretName::Signing).unwrap();
    let third = read(SecretName::Signing, true).await;
    assert_eq!(third.split(' ').collect::<Vec<_>>()[1..], keys[..1], "the oldest is gone");
    assert_eq!((read(SecretName::Cursors, true).await, read(SecretName::Twilio, true).await), (cursors, TWILIO.into()));
    let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing unfinished is left behind");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_missing_file_is_not_rotated() {
    let folder = Folder::new("rotate-nothing");
    assert!(matches!(SecretsFile::rotate(&folder.file(), SecretName::Signing), Err(RotateError::Read(_))));
    assert!(!folder.file().exists(), "and no file is created");
}

#[tokio::test]
async fn a_broken_file_is_not_quoted() {
    let folder = Folder::new("broken");
    fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    for broken in ["\"hunter2\"", "{\"signing\": \"hunter2\"", "[\"hunter2\"]"] {
        fs::write(folder.file(), broken).unwrap();
        let error = SecretsFile::new(folder.file()).get(SecretName::Signing, false).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
