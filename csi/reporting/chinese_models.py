"""What the models of the catalogue are called in Chinese reports."""

OF_MODELS: dict[str, str] = {
    "American Customer Satisfaction Index (ACSI)": "美国顾客满意度指数（ACSI）",
    "ACSI with product and service quality": "区分产品质量与服务质量的 ACSI 模型",
    "China Customer Satisfaction Index (CCSI)": "中国顾客满意指数（CCSI）",
    "Customer Satisfaction Index of Singapore (CSISG)": "新加坡顾客满意度指数（CSISG）",
    "European Customer Satisfaction Index (ECSI, EPSI), generic model": (
        "欧洲顾客满意度指数（ECSI、EPSI）通用模型"
    ),
    "ECSI mobile-phone instrument": "ECSI 移动电话问卷模型",
    "Indian customer satisfaction index for electronic banking (CSI-EB)": (
        "印度电子银行顾客满意度指数（CSI-EB）"
    ),
    "Japanese Customer Satisfaction Index (JCSI)": "日本顾客满意度指数（JCSI）",
    "Norwegian Customer Satisfaction Barometer (NCSB), first model": (
        "挪威顾客满意度晴雨表（NCSB）最初模型"
    ),
    "Norwegian Customer Satisfaction Barometer (NCSB), model of 2001": (
        "挪威顾客满意度晴雨表（NCSB）2001 年模型"
    ),
    "National Customer Satisfaction Index (NCSI), Korea": "韩国国家顾客满意度指数（NCSI）",
    "National Customer Satisfaction Index UK (NCSI-UK)": "英国国家顾客满意度指数（NCSI-UK）",
    "Swedish Customer Satisfaction Barometer (SCSB)": "瑞典顾客满意度晴雨表（SCSB）",
    "Swiss Index of Customer Satisfaction (SWICS)": "瑞士顾客满意度指数（SWICS）",
    "Customer satisfaction index of Chinese customer-relationship textbooks": (
        "中国客户关系管理教材中的顾客满意度指数"
    ),
    "Turkish Customer Satisfaction Index (TMME)": "土耳其顾客满意度指数（TMME）",
}
