//! All texts of the API, in Spanish, English and Portuguese. The texts for patients are in `domain::messages`.
//!
//! Every `match` is exhaustive, so a new code or rule doesn't compile without its texts.

mod causes;
mod rules;

pub use causes::{media_refused, outside, wrong_time};
pub use rules::{overlap, rule, second_holiday, taken};

use crate::problem::Code;
use domain::language::Language;

/// One text in each language.
#[derive(Clone, Copy)]
struct Localized {
    es: &'static str,
    en: &'static str,
    pt: &'static str,
}

impl Localized {
    fn get(self, language: Language) -> &'static str {
        match language {
            Language::Es => self.es,
            Language::En => self.en,
            Language::Pt => self.pt,
        }
    }
}

const fn localized(es: &'static str, en: &'static str, pt: &'static str) -> Localized {
    Localized { es, en, pt }
}

/// The title of a problem: the same for every occurrence.
#[must_use]
pub fn title(code: Code, language: Language) -> &'static str {
    let text = match code {
        Code::ValidationError => localized("Datos no válidos", "Invalid data", "Dados inválidos"),
        Code::Malformed => localized("Solicitud mal formada", "Malformed request", "Requisição malformada"),
        Code::InvalidCursor => localized("Cursor no válido", "Invalid cursor", "Cursor inválido"),
        Code::NotAuthenticated => localized("Sin autenticar", "Not authenticated", "Não autenticado"),
        Code::InvalidCredentials => {
            localized("Credenciales no válidas", "Invalid credentials", "Credenciais inválidas")
        }
        Code::OtpRequired => localized("Falta el segundo factor", "Second factor needed", "Falta o segundo fator"),
        Code::TokenExpired => localized("Sesión vencida", "Token expired", "Sessão expirada"),
        Code::PermissionDenied => localized("Permiso denegado", "Permission denied", "Permissão negada"),
        Code::NotFound => localized("No encontrado", "Not found", "Não encontrado"),
        Code::MethodNotAllowed => localized("Método no permitido", "Method not allowed", "Método não permitido"),
        Code::AlreadyExists => localized("Ya existe", "Already exists", "Já existe"),
        Code::SlotTaken => localized("Horario ocupado", "Time already taken", "Horário ocupado"),
        Code::OutsideAvailability => {
            localized("Fuera del horario de atención", "Outside availability", "Fora do horário de atendimento")
        }
        Code::OverbookLimit => localized("Sin sobreturnos", "No overbooking left", "Sem encaixes"),
        Code::IllegalTransition => localized("Acción no permitida", "Action not allowed", "Ação não permitida"),
        Code::InUse => localized("En uso", "In use", "Em uso"),
        Code::AlreadySent => localized("Ya enviado", "Already sent", "Já enviado"),
        Code::PreconditionFailed => localized("Versión desactualizada", "Stale version", "Versão desatualizada"),
        Code::TooLarge => localized("Solicitud demasiado grande", "Request too large", "Requisição grande demais"),
        Code::UnsupportedMediaType => {
            localized("Tipo de contenido no admitido", "Unsupported media type", "Tipo de conteúdo não suportado")
        }
        Code::IdempotencyMismatch => localized(
            "Clave de idempotencia reutilizada",
            "Idempotency key reused",
            "Chave de idempotência reutilizada",
        ),
        Code::Throttled => localized("Demasiados intentos", "Too many attempts", "Tentativas demais"),
        Code::Busy => localized("Servicio ocupado", "Service busy", "Serviço ocupado"),
        Code::InternalError => localized("Error interno", "Internal error", "Erro interno"),
    };
    text.get(language)
}

/// What the client can do about a problem.
#[must_use]
pub fn detail(code: Code, language: Language) -> &'static str {
    let text = match code {
        Code::ValidationError => localized(
            "Revise los campos indicados en «errors».",
            "Check the fields listed in \"errors\".",
            "Verifique os campos indicados em \"errors\".",
        ),
        Code::Malformed => localized(
            "El cuerpo debe ser un único objeto JSON en UTF-8, con un máximo de 32 niveles.",
            "The body must be a single JSON object in UTF-8, at most 32 levels deep.",
            "O corpo deve ser um único objeto JSON em UTF-8, com no máximo 32 níveis.",
        ),
        Code::InvalidCursor => localized(
            "El cursor no es válido o ha vencido. Empiece de nuevo por la primera página.",
            "The cursor is not valid or has expired. Start again from the first page.",
            "O cursor não é válido ou expirou. Comece de novo pela primeira página.",
        ),
        Code::NotAuthenticated => localized(
            "Inicie sesión y envíe un token de acceso válido.",
            "Sign in and send a valid access token.",
            "Entre e envie um token de acesso válido.",
        ),
        Code::InvalidCredentials => localized(
            "El correo o la contraseña no son correctos.",
            "The e-mail address or the password is not correct.",
            "O e-mail ou a senha não estão corretos.",
        ),
        Code::OtpRequired => localized(
            "Envíe en «otp» el código de su aplicación o un código de recuperación.",
            "Send the code of your app, or a recovery code, in \"otp\".",
            "Envie em «otp» o código do seu aplicativo ou um código de recuperação.",
        ),
        Code::TokenExpired => localized(
            "El token de acceso ha vencido. Renuévelo.",
            "The access token has expired. Refresh it.",
            "O token de acesso expirou. Renove-o.",
        ),
        Code::PermissionDenied => localized(
            "No tiene permiso para hacer esto.",
            "You are not allowed to do this.",
            "Você não tem permissão para fazer isto.",
        ),
        Code::NotFound => localized(
            "Lo que busca no existe.",
            "What you are looking for does not exist.",
            "O que você procura não existe.",
        ),
        Code::MethodNotAllowed => localized(
            "Esta dirección no admite ese método.",
            "This address does not support that method.",
            "Este endereço não aceita esse método.",
        ),
        Code::AlreadyExists => localized(
            "Ya existe un registro con ese valor.",
            "There already is a record with that value.",
            "Já existe um registro com esse valor.",
        ),
        Code::SlotTaken => localized(
            "El horario ya está ocupado. Elija otro.",
            "The time is already taken. Choose another one.",
            "O horário já está ocupado. Escolha outro.",
        ),
        Code::OutsideAvailability => localized(
            "El profesional no atiende en ese consultorio a esa hora.",
            "The doctor does not see patients in that room at that time.",
            "O profissional não atende nesse consultório nesse horário.",
        ),
        Code::OverbookLimit => localized(
            "El profesional ya tiene ese día todos los sobreturnos que la clínica permite.",
            "The doctor already has as many overbooked appointments on that day as the clinic allows.",
            "O profissional já tem nesse dia todos os encaixes que a clínica permite.",
        ),
        Code::IllegalTransition => localized(
            "La cita no admite esa acción en su estado actual.",
            "The appointment does not allow that action in its current status.",
            "A consulta não permite essa ação no estado atual.",
        ),
        Code::InUse => localized(
            "No es posible mientras haya algo que dependa de ello.",
            "This is not possible while something depends on it.",
            "Isto não é possível enquanto houver algo que dependa dele.",
        ),
        Code::AlreadySent => localized(
            "El mensaje ya se envió. Use «force» para enviarlo otra vez.",
            "The message has already been sent. Use \"force\" to send it again.",
            "A mensagem já foi enviada. Use \"force\" para enviá-la de novo.",
        ),
        Code::PreconditionFailed => localized(
            "Ha cambiado desde que lo leyó. Vuelva a leerlo antes de modificarlo.",
            "It has changed since you read it. Read it again before changing it.",
            "Mudou desde que você o leu. Leia de novo antes de alterá-lo.",
        ),
        Code::TooLarge => localized(
            "El cuerpo no puede superar 64 KiB.",
            "The body must not be larger than 64 KiB.",
            "O corpo não pode passar de 64 KiB.",
        ),
        Code::UnsupportedMediaType => localized(
            "Esta dirección no recibe cuerpos de ese tipo. La API habla «application/json».",
            "This address does not take bodies of that type. The API speaks \"application/json\".",
            "Este endereço não recebe corpos desse tipo. A API fala \"application/json\".",
        ),
        Code::IdempotencyMismatch => localized(
            "Esa clave ya se usó con otra solicitud. Use una clave nueva.",
            "That key has already been used for another request. Use a new one.",
            "Essa chave já foi usada em outra requisição. Use uma chave nova.",
        ),
        Code::Throttled => localized(
            "Espere los segundos indicados en «Retry-After» antes de intentarlo de nuevo.",
            "Wait for the seconds given in \"Retry-After\" before trying again.",
            "Espere os segundos indicados em \"Retry-After\" antes de tentar de novo.",
        ),
        Code::Busy => localized(
            "El servicio no pudo atender la solicitud. Repítala en un momento.",
            "The service could not handle the request. Repeat it in a moment.",
            "O serviço não pôde atender a requisição. Repita-a em instantes.",
        ),
        Code::InternalError => localized(
            "Algo falló de nuestro lado. Si se repite, indique el valor de «instance».",
            "Something failed on our side. If it happens again, quote the value of \"instance\".",
            "Algo falhou do nosso lado. Se acontecer de novo, informe o valor de \"instance\".",
        ),
    };
    text.get(language)
}
