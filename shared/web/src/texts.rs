//! The API's own texts, in Spanish, English and Portuguese. They stand here and nowhere else; what
//! patients read is `domain::messages`' business.
//!
//! Every `match` is exhaustive: a new code or rule doesn't compile before it has its words.

mod rules;

pub use rules::{rule, taken};

use crate::problem::Code;
use domain::language::Language;

/// One text in each language.
#[derive(Clone, Copy)]
struct Words {
    es: &'static str,
    en: &'static str,
    pt: &'static str,
}

impl Words {
    fn say(self, language: Language) -> &'static str {
        match language {
            Language::Es => self.es,
            Language::En => self.en,
            Language::Pt => self.pt,
        }
    }
}

const fn words(es: &'static str, en: &'static str, pt: &'static str) -> Words {
    Words { es, en, pt }
}

/// What kind of problem it is: the same for every occurrence.
#[must_use]
pub fn title(code: Code, language: Language) -> &'static str {
    let words = match code {
        Code::ValidationError => words("Datos no válidos", "Invalid data", "Dados inválidos"),
        Code::Malformed => words("Solicitud mal formada", "Malformed request", "Requisição malformada"),
        Code::InvalidCursor => words("Cursor no válido", "Invalid cursor", "Cursor inválido"),
        Code::NotAuthenticated => words("Sin autenticar", "Not authenticated", "Não autenticado"),
        Code::InvalidCredentials => words("Credenciales no válidas", "Invalid credentials", "Credenciais inválidas"),
        Code::OtpRequired => words("Falta el segundo factor", "Second factor needed", "Falta o segundo fator"),
        Code::TokenExpired => words("Sesión vencida", "Token expired", "Sessão expirada"),
        Code::PermissionDenied => words("Permiso denegado", "Permission denied", "Permissão negada"),
        Code::NotFound => words("No encontrado", "Not found", "Não encontrado"),
        Code::MethodNotAllowed => words("Método no permitido", "Method not allowed", "Método não permitido"),
        Code::AlreadyExists => words("Ya existe", "Already exists", "Já existe"),
        Code::SlotTaken => words("Horario ocupado", "Time already taken", "Horário ocupado"),
        Code::OutsideAvailability => {
            words("Fuera del horario de atención", "Outside availability", "Fora do horário de atendimento")
        }
        Code::IllegalTransition => words("Acción no permitida", "Action not allowed", "Ação não permitida"),
        Code::InUse => words("En uso", "In use", "Em uso"),
        Code::AlreadySent => words("Ya enviado", "Already sent", "Já enviado"),
        Code::PreconditionFailed => words("Versión desactualizada", "Stale version", "Versão desatualizada"),
        Code::TooLarge => words("Solicitud demasiado grande", "Request too large", "Requisição grande demais"),
        Code::UnsupportedMediaType => {
            words("Tipo de contenido no admitido", "Unsupported media type", "Tipo de conteúdo não suportado")
        }
        Code::IdempotencyMismatch => {
            words("Clave de idempotencia reutilizada", "Idempotency key reused", "Chave de idempotência reutilizada")
        }
        Code::Throttled => words("Demasiados intentos", "Too many attempts", "Tentativas demais"),
        Code::Busy => words("Servicio ocupado", "Service busy", "Serviço ocupado"),
        Code::InternalError => words("Error interno", "Internal error", "Erro interno"),
    };
    words.say(language)
}

/// What to make of it.
#[must_use]
pub fn detail(code: Code, language: Language) -> &'static str {
    let words = match code {
        Code::ValidationError => words(
            "Revise los campos indicados en «errors».",
            "Check the fields listed in \"errors\".",
            "Verifique os campos indicados em \"errors\".",
        ),
        Code::Malformed => words(
            "El cuerpo debe ser un único objeto JSON en UTF-8, con un máximo de 32 niveles.",
            "The body must be a single JSON object in UTF-8, at most 32 levels deep.",
            "O corpo deve ser um único objeto JSON em UTF-8, com no máximo 32 níveis.",
        ),
        Code::InvalidCursor => words(
            "El cursor no es válido o ha vencido. Empiece de nuevo por la primera página.",
            "The cursor is not valid or has expired. Start again from the first page.",
            "O cursor não é válido ou expirou. Comece de novo pela primeira página.",
        ),
        Code::NotAuthenticated => words(
            "Inicie sesión y envíe un token de acceso válido.",
            "Sign in and send a valid access token.",
            "Entre e envie um token de acesso válido.",
        ),
        Code::InvalidCredentials => words(
            "El correo o la contraseña no son correctos.",
            "The e-mail address or the password is not correct.",
            "O e-mail ou a senha não estão corretos.",
        ),
        Code::OtpRequired => words(
            "Envíe en «otp» el código de su aplicación o un código de recuperación.",
            "Send the code of your app, or a recovery code, in \"otp\".",
            "Envie em «otp» o código do seu aplicativo ou um código de recuperação.",
        ),
        Code::TokenExpired => words(
            "El token de acceso ha vencido. Renuévelo.",
            "The access token has expired. Refresh it.",
            "O token de acesso expirou. Renove-o.",
        ),
        Code::PermissionDenied => words(
            "No tiene permiso para hacer esto.",
            "You are not allowed to do this.",
            "Você não tem permissão para fazer isto.",
        ),
        Code::NotFound => words(
            "Lo que busca no existe.",
            "What you are looking for does not exist.",
            "O que você procura não existe.",
        ),
        Code::MethodNotAllowed => words(
            "Esta dirección no admite ese método.",
            "This address does not support that method.",
            "Este endereço não aceita esse método.",
        ),
        Code::AlreadyExists => words(
            "Ya existe un registro con ese valor.",
            "There already is a record with that value.",
            "Já existe um registro com esse valor.",
        ),
        Code::SlotTaken => words(
            "El horario ya está ocupado. Elija otro.",
            "The time is already taken. Choose another one.",
            "O horário já está ocupado. Escolha outro.",
        ),
        Code::OutsideAvailability => words(
            "El profesional no atiende en ese consultorio a esa hora.",
            "The doctor does not see patients in that room at that time.",
            "O profissional não atende nesse consultório nesse horário.",
        ),
        Code::IllegalTransition => words(
            "La cita no admite esa acción en su estado actual.",
            "The appointment does not allow that action in its current status.",
            "A consulta não permite essa ação no estado atual.",
        ),
        Code::InUse => words(
            "No es posible mientras haya algo que dependa de ello.",
            "This is not possible while something depends on it.",
            "Isto não é possível enquanto houver algo que dependa dele.",
        ),
        Code::AlreadySent => words(
            "El mensaje ya se envió. Use «force» para enviarlo otra vez.",
            "The message has already been sent. Use \"force\" to send it again.",
            "A mensagem já foi enviada. Use \"force\" para enviá-la de novo.",
        ),
        Code::PreconditionFailed => words(
            "Ha cambiado desde que lo leyó. Vuelva a leerlo antes de modificarlo.",
            "It has changed since you read it. Read it again before changing it.",
            "Mudou desde que você o leu. Leia de novo antes de alterá-lo.",
        ),
        Code::TooLarge => words(
            "El cuerpo no puede superar 64 KiB.",
            "The body must not be larger than 64 KiB.",
            "O corpo não pode passar de 64 KiB.",
        ),
        Code::UnsupportedMediaType => words(
            "Esta dirección no recibe cuerpos de ese tipo. La API habla «application/json».",
            "This address does not take bodies of that type. The API speaks \"application/json\".",
            "Este endereço não recebe corpos desse tipo. A API fala \"application/json\".",
        ),
        Code::IdempotencyMismatch => words(
            "Esa clave ya se usó con otra solicitud. Use una clave nueva.",
            "That key has already been used for another request. Use a new one.",
            "Essa chave já foi usada em outra requisição. Use uma chave nova.",
        ),
        Code::Throttled => words(
            "Espere los segundos indicados en «Retry-After» antes de intentarlo de nuevo.",
            "Wait for the seconds given in \"Retry-After\" before trying again.",
            "Espere os segundos indicados em \"Retry-After\" antes de tentar de novo.",
        ),
        Code::Busy => words(
            "El servicio no pudo atender la solicitud. Repítala en un momento.",
            "The service could not handle the request. Repeat it in a moment.",
            "O serviço não pôde atender a requisição. Repita-a em instantes.",
        ),
        Code::InternalError => words(
            "Algo falló de nuestro lado. Si se repite, indique el valor de «instance».",
            "Something failed on our side. If it happens again, quote the value of \"instance\".",
            "Algo falhou do nosso lado. Se acontecer de novo, informe o valor de \"instance\".",
        ),
    };
    words.say(language)
}
