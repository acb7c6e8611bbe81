//! Phrases of medical emergencies, as patterns over the words of one clause. Data only.
//!
//! In a pattern `a|b` is one word of several, `stem*` a word that begins so, `~` up to four words, none of them a
//! negation, and `_` at most one. A new pattern needs sentences in `corpus/emergency/`, ordinary ones too.

/// Alarming whatever precedes or follows: about wanting to die. "No quiero morir" is alarming too.
#[rustfmt::skip]
pub(in crate::reply) const UNCONDITIONAL: &[&str] = &[
    "quiero|quisiera|quiere|queria|quero|quer|queria ~ morir|morirme|morirse|morrer",
    "ganas|vontade de morir|morirme|morirse|matarme|matarse|morrer",
    "quiero|quiere|queria|voy|va _ matarme|matarse|suicidarme|suicidarse",
    "me|se quiero|quiere|queria matar", "me voy a matar", "se va a matar", "quero|quer|vou|vai me|se matar",
    "tento|intento|tentou|tentei matarse|matarme|se|me matar", "intento|trato _ matarse|matarme",
    "no quiero|quiere vivir", "no quiero|quiere mas vivir", "no quiero|quiere seguir viviendo",
    "nao quero|quer mais viver", "nao quero|quer viver", "nao quero|quer mais _ vida",
    "no quiero|quiere _ estar viva|vivo", "no quiero|quiere _ estar en este mundo", "no quiero despertar mas",
    "nao quero|quer _ estar aqui", "quiero|quiere|quisiera hacer|hacerme|hacerse dano", "me|se hacer|hago|hace dano",
    "para|pra matarme|matarse|morir|morirse|morrer|morirme", "matarse", "dont|doesnt wanna live", "hurt|harm|hurting myself|himself|herself",
    "quitarme|quitarse|quitar la vida", "tirar|tirarme|tirarse|tiro|pular|jogar ~ puente|ponte|balcon|predio|tren|trem",
    "corte|corto|cortar|cortarme|cortei|cortou ~ venas|veias|munecas|pulsos", "cut|slit ~ wrists|wrist", "corte|corto|cortei ~ proposito", "suicid*",
    "matarme|suicidarme|suicidarse", "mejor me mato", "em me matar", "siento|sinto morir|morirme|morrer",
    "acabar|terminar|acabando con|com _ mi|su|minha|sua vida", "acabar|terminar con todo", "acabar com tudo",
    "tirar|tirarme _ minha|propria vida", "irme de este mundo", "sentido a la vida", "nao aguento|quero mais viver",
    "no aguanto|aguento mas vivir", "ahorc*|enforcou|enforcar|enforcado", "se colgo",
    "want|wants|wanna|wanted to die", "end it all", "better off dead", "melhor|mejor morrer|muerto|muerta|morto|morta", "wanna die", "want|wants|going|wanted to kill myself|himself|herself",
    "kill|killing|killed myself|himself|herself", "end|ending my|his|her life",
    "dont|doesnt|not want|wants to live", "🆘",
];

/// What happens now. Only a negation takes it back.
#[rustfmt::skip]
pub(in crate::reply) const PRESENT: &[&str] = &[
    // chest
    "duele|duelen|doliendo|dolia|dolio|aprieta|apretando|oprime|doi|doendo ~ pecho|pexo|corazon|peito|coracao",
    "pecho|corazon|peito|coracao ~ duele|doliendo|aprieta|apretado|oprimido|doendo|doi|apertado|apertando",
    "tengo|tiene|siento|siente|tenho|tem|sinto|sente|com ~ dolor|dolores|opresion|presion|puntada*|dor|dores|aperto|pontada* ~ pecho|corazon|peito|coracao",
    "com|tenho|tem|sinto|sente ~ dor|dores|aperto|pontada* no peito|coracao", "com|tenho|tem|sinto ~ dor _ _ no peito",
    "infartando", "infartou", "dando _ infarto|derrame|paro|ataque",
    "chest ~ hurts|hurt|hurting|tight|burning", "have|has|having|feel|got ~ chest pain|pains|tightness|pressure",
    "having ~ heart attack", "having ~ stroke|seizure|fit",
    "agarra|agarrando|aperta el|la|o pecho|peito", "dando algo ~ corazon", "chest is killing", "mucho peso ~ pecho",
    // breathing
    "no|nao puede|puedo|pueda|podia|pudo|pude|podemos|logra|logro|consigo|consegue|consigue|consegui|pode|posso ~ respirar|respire",
    "no|nao _ conseguindo|pudiendo respirar", "no _ entra ~ aire",
    "respira|respirando|respiro ~ mal|dificultad|dificultades|dificuldade|apenas", "casi|apenas|barely|hardly _ respira|respirar|respiro|breathe|breathing",
    "quedo|quede|quedando|quedou|ficou|ficando sin|sem aire|ar", "paro|parou|dejo de respirar",
    "puso|pone|poniendo|ficando|ficou|turning|turned azul|morado|morada|roxo|roxa|blue", "no|nao respira|respiro|respirando|respiraba|respirava", "no|nao _ respirando",
    "cuesta|costando|cuesto ~ respirar", "falta|faltando|falto|va ~ aire|respiracion",
    "ahoga|ahogo|ahogando|ahogandose|sufocando|asfixia|asfixiando",
    "cerrando|cierra|cerro|fechando ~ garganta", "hincho|hinchando|hinchada|inchou|inchando ~ lengua|lingua|garganta",
    "bebe|hijo|hija|nene|nena|nino|nina|filho|filha ~ morado|morada|roxo|roxa|azul", "labios ~ azules|morados|roxos",
    "cant|cannot|couldnt breathe", "can not breathe", "not|stopped breathing", "isnt breathing",
    "struggling|hard|trouble|difficulty|unable _ breathe|breathing", "short|shortness of breath", "choking",
    "throat ~ closing|swelling",
    // consciousness
    "inconsciente|inconciente|desacordado|desacordada|unconscious|unresponsive",
    "no|nao reacciona|reaccionan|reage", "no _ despierta|despertar", "ojos en blanco", "olhos virados", "quedo|quede|esta sin conocimiento|conciencia",
    "ele|ela apagou", "no _ reconoce", "cayo redonda|redondo", "espuma ~ boca|foam", "echa|echando espuma", "retorciendo|retuerce",
    "foaming ~ mouth", "pasando|passando muito|muy mal", "vengan rapido|urgente", "no puedo|podemos _ despertarlo|despertarla",
    "nao acorda|acordou", "no|nao vuelve|volta en|em si", "no|nao tiene|tem pulso", "sin|sem pulso",
    "tirado|tirada|piso|suelo|chao ~ no|nao responde", "no|nao responde ~ frio|fria|palido|palida|respira",
    "wont|doesnt|not wake|waking up", "not responding ~ cold|pale|breathing|floor",
    // bleeding
    "sangra|sangro|sangrando ~ mucho|muchisimo|demasiado|muito|demais|abundante", "mucho|muito sangrado|sangramento",
    "sangra|sangrando ~ monton|litros", "sangrando|sangra sin|sem parar", "sangrado|sangramento ~ abundante|fuerte|forte",
    "no _ _ para ~ sangrado", "desangr*", "blood everywhere", "bleeding out",
    "pierde|perdiendo|perdio|saliendo|sale|perdeu|perdendo|saindo|pierdo ~ sangre|sangue",
    "no|nao _ para|paran|paro|deja ~ sangrar|sangre|sangue", "no _ _ para _ sangre",
    "embarazada|gravida ~ sangrando|sangro|sangra", "chorro|chorros de sangre",
    "bleeding|bleeds|bled ~ lot|heavily|badly|much|out", "wont|not|cant|doesnt stop bleeding", "pregnant ~ bleeding", "estoy|estou|estamos herido|ferido|heridos|feridos",
    // convulsions, stroke
    "convulsiona|convulsionando", "seizing",
    "torcio|torcido ~ boca|cara|rostro", "boca|cara|rosto|rostro ~ torcida|torta|torto|chueca|chueco|caida",
    "boca|rosto|cara ~ entortou|torcio|cayo|caiu|paralizo|paralisou", "cayo|durmio|paralizo ~ media|mitad ~ cara|cuerpo",
    "trabo|traba|enrolando ~ lengua|lingua", "perdio|perdeu ~ fuerza|forca", "no|nao ve|veo|enxerga|enxergo de golpe|repente",
    "cant speak|talk suddenly|properly|anymore", "he|she|mom|mum|dad|mother|father|husband|wife|son|daughter cant speak", "medio cuerpo", "mitad del|de cuerpo|su", "no|nao siente|siento|sente ~ cuerpo|cara|brazo|brazos|piernas|corpo|braco|pernas", "un|um lado del|do cuerpo|corpo",
    "no|nao puede|pode|consegue mover ~ brazo|braco|pierna|piernas|perna|pernas|cuerpo|lado",
    "no|nao mueve|mexe ~ brazo|braco|pierna|piernas|perna|pernas|lado", "no puede hablar", "nao consegue falar",
    "face ~ drooping|drooped|numb", "slurred speech", "cant|cannot move ~ arm|arms|leg|legs|side|face",
    // help
    "es|e|esto|isto|this|its is|es|e|an _ emergencia|emergency", "es|e una|uma emergencia", "emergencia|emergency medica|medical", "medical emergency", "ambulancia|ambulance urgente|ya|please", "urgente ambulancia", "ocupo|ocupamos una|la ambulancia", "is an emergency",
    "necesito|necesitamos|necesita|manden|manda|mande|mandar|mandan|envien|llamen|llame|llama|preciso|precisamos|chama|chamem una|uma|la|a ambulancia", "preciso|precisamos de uma ambulancia", "llamen|llame|llama|chama|chamem a|para una|la ambulancia",
    "call|need|send an|the ambulance", "auxilio", "socorro", "911 help",
    "se|ta|esta _ muriendo|morrendo", "estoy|estou muriendo|muriendome|morrendo", "me estoy muriendo", "se muere",
    "por|para morir|morirse|morrer", "hes|shes dying", "manden|mandem|send ayuda|ajuda|help",
    "llamen|llamar|llama|llame|call|liga|ligue|ligar|chama|chamem ~ 911|107|192|131|123|112|samu|same|bomberos|bombeiros",
    "venga|vengan|venha|mandar _ ambulancia", "ayudenme|ayuda|ayuden|ajuda ~ es|e _ grave",
    "siento|parece que me muero", "me muero doctor|doctora|ayuda|ayuden|ayudenme", "is|am|im dying",
    // labour, violence
    "contracciones|contracoes|contractions ~ minutos|minutes|seguidas|fuertes", "viene|naciendo|nasce|nascendo|nacer|nascer _ bebe", "revento|reventaron ~ fuente|bolsa",
    "estoy|esta|voy por|a parir", "no _ siento ~ moverse|mover ~ bebe", "nao sinto ~ mexer|bebe",
    "adelanto|adelantando|adelantou _ parto", "esposo|marido|pareja|novio|namorado|padre ~ golpeo|golpea|bateu|batendo",
    "quiere matar mi esposo|marido|pareja|novio|ex", "my|her water broke", "me|le|la esta|estan pegando|golpeando", "me golpea", "esta me batendo", "batendo em mim",
];

/// What happened or what it is called. A negation takes it back, and so does history in the same clause.
#[rustfmt::skip]
pub(in crate::reply) const EVENTS: &[&str] = &[
    // chest; "no" is Portuguese here: "in the"
    "dor|dores|aperto|pressao|pontada* ~ no peito|coracao",
    "dolor|dolores|opresion|presion|peso|puntada*|pinchazo*|dor|dores|aperto|pressao|pontada* ~ pecho|corazon|peito|coracao",
    "infarto|infartos|enfarte|enfarto", "ataque al|cardiaco|do corazon|coracao", "ataque cardiaco", "paro|parada cardiac*",
    "chest pain|pains|tightness|pressure", "pain|tightness|pressure ~ chest", "heart attack", "cardiac arrest",
    // breathing
    "dificultad|dificultades|dificuldade|dificuldades para|de|al|em|pra respirar", "falta de ar|aire",
    "atraganto|atragantado|atragantada|atragante|atragantando", "atoro|atorado con", "engasgou|engasgado|engasgada|engasgando",
    "choked",
    // consciousness
    "desmay*", "desmaiou|desmaiei|desmaiada|desmaiado|desmaiando|desmaio|desmaiar",
    "perdio|perdi|perdida|perdeu|perda ~ conocimiento|conciencia|consciencia", "desvanecio|desvanecido|desvanecida",
    "fainted|fainting", "passed|passing out", "lost consciousness",
    // bleeding, injuries
    "hemorragia|hemorragias|hemorrhage", "vomit* ~ sangre|sangue|blood", "bote|boto|escupe|escupio|cuspindo|tosi|tosio|tossiu ~ sangre|sangue", "tose|tosiendo|tossindo|coughing|throwing ~ sangre|sangue|blood",
    "mucha|muita|muito|tanta sangre|sangue", "sale ~ sangre", "collapsed",
    "pegaron|levou|dieron|metieron|clavaron|clavo|tomou ~ tiro|tiros|balazo|balazos|facada|facadas|cuchillo|cuchillada|punalada",
    "quemadura*|queimadura* grave*|graves", "anafila*", "violaron", "raped",
    "picadura|picada|mordida|mordedura de|por ~ cobra|vibora|serpiente|alacran|escorpion|escorpiao",
    "ataque|ataques|crisis|crise de|epilep* epilep*", "ataque|ataques|crisis|crise epilep*",
    "paralizo|paralisou", "treco|debatendo",
    "atropell*|atropelado|atropelada|atropelou|atropelaram", "hay|tem heridos|feridos",
    "dispararon|balearon|apunalaron|apunalado|acuchillaron|esfaquearam|stabbed", "was|been shot",
    "quemo|queme|queimou|queimei ~ hirviendo|aceite|fuego|fervendo|fogo|oleo", "prendio fuego",
    "pego la corriente", "electrocut*|eletrocut*",
    "mordio|pico|picou|mordeu|bit|stung ~ vibora|serpiente|culebra|alacran|escorpion|cobra|escorpiao|snake|scorpion",
    "cayo|caiu|fell ~ techo|telhado|roof|escalera|escada|stairs", "hit by _ car|truck|bus",
    // convulsions, stroke
    "convuls*", "seizure|seizures", "derrame", "acv|avc|ictus|embolia", "stroke",
    // poison
    "tomo|tome|trago|bebio|ingirio|tomou|bebeu|engoliu|drank|swallowed ~ veneno|lavandina|cloro|lejia|raticida|cianuro|bleach|poison",
    "bebeu|tomou|engoliu ~ agua sanitaria",
    "trago|engoliu|swallowed ~ pila|pilas|bateria|iman|imanes|moneda|moeda|battery",
    "se|me tomo|tome|trago ~ todas|frasco|caja|muchas|monton|tira ~ pastillas|remedios|comprimidos",
    "tomo|tome|trago ~ muchas|demasiadas|diez|quince|veinte|treinta|cuarenta|cincuenta|10|15|20|30|40|50 pastillas",
    "tomo|tome|trago|tomou ~ blister|blisters|cartela",
    "tomo|tome|trago|bebio|bebeu ~ detergente|insecticida|aguarras|kerosene|thinner", "tomo|tome|trago ~ soda caustica",
    "tomou|tomei ~ muito|muitos|demais remedio*|comprimido*", "took ~ many|handful ~ pills", "took ~ many pills",
    "tomou|engoliu|tomei ~ todos|monte|muitos|frasco|cartela|caixa ~ remedio*|comprimidos",
    "took|swallowed ~ all|bottle|whole ~ pills", "sobredosis|overdose|overdosed", "intoxic*", "envenen*|poisoned",
    // labour
    "rompi|rompio ~ bolsa|fuente|aguas", "bolsa estourou|rompeu", "estourou|rompeu ~ bolsa",
];

/// Phrases that contain the words of a pattern and mean something else. They are cut out first.
#[rustfmt::skip]
pub(in crate::reply) const HARMLESS: &[&str] = &[
    // the instep
    "pecho del pie", "peito do pe", "caroco|bulto|nodulo|lump en|no|in ~ pecho|peito|breast",
    "respirar por|pelo la|el|una nariz|fosa", "respirar pelo nariz", "breathe through my|his|her nose",
    "aire acondicionado", "falta aire en", "ahogo en", "placa|radiografia|leche de pecho", "mamografia duele",
    "derrame articular", "derrame en el ojo", "boca torcida por", "nao reage a", "pagina nao reage", "nao acorda cedo",
    "wake up ~ early", "puede hablar ahora|por",
    "casi ~ desmay*|infarto|ataque", "siempre ~ desmay*", "puedo desmayar", "aprieta la|el faja|corpino|brasier|sosten|collarin",
    "despertar al", "intoxicacion alimentaria leve", "falta de aire en", "casi nace", "quase infart*", "nearly|almost had _ heart attack", "infarto cada",
    "ataque si me", "perdi el conocimiento de", "respiro tranquila|tranquilo", "ahoga un poquito|poco",
    "sacaron|sacaran|saque|tiraram ~ sangre|sangue", "muere|muero por", "matar mi jefe|jefa|mama|mujer", "matar _ meu chefe", "todo el|lo", "collapsed the", "cant speak|talk on|right|now", "cant talk",
    "me colgo", "colgo el|la", "apagou o|a", "matarme de|trabajando", "quase desmai*", "almost|nearly fainted|passed|died", "choking on",
    "bolsa del|de|da", "fuente de", "water broke in", "vivir con",
    "morir|morirme|muero|muriendo|morrer|morrendo|die|dying ~ verguenza|vergonha|risa|rir|hambre|fome|ganas|sueno|sono|calor|frio|embarrassment|laughter|laughing|susto|cansancio|amor|nervios|aburrimiento|sed",
    "emergencia familiar|laboral|economica", "prevencion del suicidio", "palestra sobre suicidio", "suicide prevention",
    "heart attack prevention",
];

/// Words that put an event into the past, or make it a subject instead of an event.
#[rustfmt::skip]
pub(in crate::reply) const HISTORY: &[&str] = &[
    "hace|ha|faz ~ mes|meses|ano|anos|semana|semanas|mes", "ano|mes|semana pasado|pasada|passado|passada|anterior",
    "year|years|month|months|weeks ago", "last year|month|week", "de bebe|chico|chica|nino|nina|crianca|joven",
    "antecedente*", "historia|historico|history de|of", "control|chequeo|seguimiento|revision por|post|de|para|pos",
    "post|pos|rehabilitacion|reabilitacao|rehab|secuela*|sequela*|prevenir|prevencion|prevencao|prevent|prevention",
    "fisioterapia|kinesiologia|retorno", "follow up", "charla|curso|dieta|cubre|cobre|covers", "pacientes que", "electro para",
    "silla de ruedas", "cadeira de rodas", "una vez", "murio|murieron|fallecio|morreu|faleceu|died de|of", "descarto|descartaron|descartou", "familia|family",
    "dijeron|dijo que no",
];

/// They take back what follows.
pub(in crate::reply) const NEGATIONS: &[&str] = &[
    "no", "sin", "nunca", "jamas", "tampoco", "ni", "nao", "sem", "nem", "not", "dont", "doesnt", "didnt", "never",
    "without", "isnt", "wasnt", "hasnt", "havent", "hadnt",
];

/// Those of them that continue a list, "no puede tragar ni respirar": a gap spans them.
pub(in crate::reply) const LIST_NEGATIONS: &[&str] = &["ni", "nem"];

/// Words that may stand between a negation and what it takes back.
#[rustfmt::skip]
pub(in crate::reply) const NEGATION_TAILS: &[&str] = &[
    "me", "te", "le", "se", "lo", "la", "les", "nos", "el", "los", "un", "una", "de", "mas", "en", "ha", "he",
    "tengo", "tiene", "tuve", "tuvo", "tenia", "tenga", "hay", "hubo", "siento", "siente", "estoy", "esta", "estaba",
    "es", "era", "fue", "sufro", "sufre", "sufrio", "presenta", "necesito",
    "tenho", "tem", "tive", "teve", "estou", "ta", "to", "com", "mais", "um", "uma", "o", "a", "e", "houve", "foi", "sinto",
    "have", "has", "had", "having", "any", "an", "is", "am", "was", "been", "more", "feel", "it", "im", "ive", "hes", "shes", "i", "he", "she",
];

/// A text of these words alone asks for help.
pub(in crate::reply) const BARE: &[&str] = &["emergencia", "emergency"];

/// Words that may stand beside them.
pub(in crate::reply) const BARE_FILLERS: &[&str] = &[
    "hola", "por", "favor", "ayuda", "ayudenme", "ayudeme", "doctor", "doctora", "urgente", "medica", "oi", "ajuda",
    "please", "help", "medical", "hello", "ya",
];

/// Two phrases that are alarming together, wherever in the text each of them is.
#[rustfmt::skip]
pub(in crate::reply) const TOGETHER: &[(&str, &str)] = &[
    ("no|nao|not|isnt _ responde|respondendo|responding|contesta|reage",
     "piso|suelo|chao|floor|tirado|tirada|cayo|caiu|frio|fria|gelado|gelada|cold|palido|palida|pale|blanco|collapsed"),
    ("golpe|golpeo|golpee|bateu|bati|hit ~ cabeza|cabeca|head", "vomit*|dormido|dormida|desorientado|desorientada|confused|mareado|mareada"),
    ("embarazada|gravida|pregnant", "sangrado|sangro|sangra|sangrando|bleeding|sangramento"),
    ("cayo|caiu|cai|fell|choco|chocamos|choque|accidente|acidente|accident|moto",
     "grave|heridos|herida|herido|ferido|feridos|sangre|sangue|hurt"),
    ("cayo|caiu|fell|choco|choque|accidente|acidente|accident|moto", "muy|muito mal"),
    ("cayo|caiu|cai|fell|choque|accidente|acidente|moto", "no|nao siento|sinto|siente|sente ~ piernas|pernas"),
    ("cayo|caiu|fell|accidente|acidente|moto", "no|nao _ puede|pode mover"),
    ("alergi*|allerg*", "hinch*|inchou|inchado|inchada|swelling|swollen|swelled|garganta"),
];
