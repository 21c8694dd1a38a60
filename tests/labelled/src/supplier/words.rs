//! Names of suppliers and of what they sell.

use super::Trade;

pub(super) const TRADES: [(Trade, &[&str], &[&str]); 9] = [
    (
        Trade::Rent,
        &["Immo", "Vastgoed", "Inmuebles"],
        &["Rent office floor", "Rent storage hall", "Rent workshop"],
    ),
    (
        Trade::Telecom,
        &["Telecom", "Net", "Fibra"],
        &[
            "Mobile lines",
            "Data volume",
            "Roaming",
            "Fibre access",
            "Calls abroad",
        ],
    ),
    (
        Trade::Wholesale,
        &["Handel", "Groothandel", "Mayorista"],
        &[
            "Paper A4",
            "Toner black",
            "Coffee beans",
            "Cleaning agent",
            "Gloves M",
            "Gloves L",
            "Cups",
            "Tissues",
            "Boxes 40",
            "Tape",
            "Labels",
            "Pallet wrap",
            "Batteries AA",
            "Light tubes",
            "Hand soap",
        ],
    ),
    (
        Trade::Craft,
        &["Talleres", "Installatie", "Elektro"],
        &[
            "Hours fitter",
            "Hours apprentice",
            "Material",
            "Travel",
            "Small parts",
        ],
    ),
    (
        Trade::Software,
        &["Soft", "Cloud", "Data"],
        &["Licence monthly", "Support plan", "Hosting package"],
    ),
    (
        Trade::Catering,
        &["Catering", "Eventos", "Horeca"],
        &["Buffet", "Drinks", "Service staff", "Hire of dishes"],
    ),
    (
        Trade::Parts,
        &["Teile", "Onderdelen", "Recambios"],
        &[
            "Bearing", "Seal", "Shaft", "Gear", "Valve", "Pump", "Hose", "Filter", "Bolt", "Nut", "Washer",
            "Spring", "Motor", "Sensor",
        ],
    ),
    (
        Trade::Laundry,
        &["Wasserij", "Limpieza", "Textil"],
        &["Coat", "Trousers", "Towel", "Sheet", "Apron", "Overall"],
    ),
    (
        Trade::Advice,
        &["Consult", "Advies", "Partner"],
        &["Monthly retainer", "Fixed fee", "Management fee"],
    ),
];
pub(super) const OWNERS: [&str; 48] = [
    "Roca", "Kron", "Lys", "Meier", "De Wit", "Ferrer", "Novak", "Silva", "Janssen", "Ortega", "Huber",
    "Laurent", "Bianchi", "Kowalski", "Smit", "Vidal", "Aalto", "Bauer", "Costa", "Dubois", "Eriksen",
    "Fischer", "Garcia", "Hansen", "Ivanov", "Jansma", "Keller", "Lopez", "Martin", "Nagy", "Olsen",
    "Peeters", "Quint", "Rossi", "Schmid", "Torres", "Ulrich", "Vos", "Weber", "Xavier", "Yilmaz", "Zander",
    "Blom", "Clerc", "Dahl", "Esser", "Frank", "Gomez",
];
pub(super) const FORMS: [&str; 4] = ["GmbH", "B.V.", "S.L.", "SARL"];
pub(super) const COUNTRIES: [(&str, i64); 4] = [("DE", 19), ("NL", 21), ("ES", 21), ("FR", 20)];
